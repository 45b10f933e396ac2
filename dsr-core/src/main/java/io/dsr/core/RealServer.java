package io.dsr.core;

import static java.util.Objects.requireNonNull;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.regex.Pattern;

/**
 * A server behind the virtual address, named by its own address on the balancer's segment.
 *
 * @param address the server's own address, by which its MAC address is found; never the VIP
 * @param weight its share of new flows against the others' weights, 0 to 65535; with 0 it takes no
 *     new flows, and those that it has stay
 * @param tier 0 to 255: servers of a higher tier take flows only while those of the lower ones are
 *     too few ({@link ServiceRules#minimumServers}); {@link #SORRY_TIER} is the last
 * @param upperThreshold connections, active and inactive together, at which it takes no new ones; 0
 *     for no limit
 * @param lowerThreshold connections below which it takes flows again after it had been full; 0 for
 *     three quarters of the upper threshold
 * @param vlan the VLAN to which tagged frames are moved, 1 to 4094; 0 to leave each on its own
 */
@CheckReturnValue
public record RealServer(
    InetAddress address, int weight, int tier, int upperThreshold, int lowerThreshold, int vlan) {

  /** The largest weight, that of IPVS. */
  public static final int MAXIMUM_WEIGHT = 65_535;

  /** The tier of a sorry server, which is asked when no other server is left. */
  public static final int SORRY_TIER = 255;

  private static final int MAXIMUM_VLAN = 4_094;

  private static final Pattern FOUR_OCTETS = Pattern.compile("[0-9]+(\\.[0-9]+){3}");

  public RealServer {
    requireNonNull(address, "address");
    requireUnicast(address, "server address");
    if (address.isLoopbackAddress()) {
      throw new IllegalArgumentException(
          "server address: "
              + IpPrefix.text(address)
              + " (expected: the address of another host on the segment; cure: to serve from this"
              + " host too, run the server in a network namespace with an address of its own)");
    }
    if (weight < 0 || weight > MAXIMUM_WEIGHT) {
      throw new IllegalArgumentException("weight: " + weight + " (expected: 0 to 65535)");
    }
    if (tier < 0 || tier > SORRY_TIER) {
      throw new IllegalArgumentException("tier: " + tier + " (expected: 0 to 255)");
    }
    if (upperThreshold < 0) {
      throw new IllegalArgumentException(
          "upperThreshold: " + upperThreshold + " (expected: 0 or more connections)");
    }
    if (lowerThreshold < 0 || lowerThreshold > upperThreshold) {
      throw new IllegalArgumentException(
          "lowerThreshold: "
              + lowerThreshold
              + " (expected: 0 to the upper threshold of "
              + upperThreshold
              + ")");
    }
    if (vlan < 0 || vlan > MAXIMUM_VLAN) {
      throw new IllegalArgumentException("vlan: " + vlan + " (expected: 0 to 4094)");
    }
  }

  /** Creates a server of the first tier, without thresholds. */
  public RealServer(InetAddress address, int weight) {
    this(address, weight, 0, 0, 0, 0);
  }

  /** Returns a server of weight 1. */
  public static RealServer of(String address) {
    return of(address, 1);
  }

  /**
   * Returns a server.
   *
   * @throws IllegalArgumentException if {@code address} is not a literal address: names are not
   *     looked up
   */
  public static RealServer of(String address, int weight) {
    return new RealServer(parse(address, "server address"), weight);
  }

  /**
   * Returns a builder of a server of weight 1, of the first tier, without thresholds.
   *
   * @throws IllegalArgumentException if {@code address} is not a literal address: names are not
   *     looked up
   */
  public static Builder builder(String address) {
    return builder(parse(address, "server address"));
  }

  /** Returns a builder of a server of weight 1, of the first tier, without thresholds. */
  public static Builder builder(InetAddress address) {
    return new Builder(address);
  }

  /** Returns a builder that has this server's address and settings. */
  public Builder toBuilder() {
    return builder(address)
        .weight(weight)
        .tier(tier)
        .thresholds(upperThreshold, lowerThreshold)
        .vlan(vlan);
  }

  /** Returns whether the server's address is an IPv6 one. */
  public boolean isIpv6() {
    return address instanceof Inet6Address;
  }

  /** Returns the same server with another weight. */
  public RealServer weight(int newWeight) {
    return toBuilder().weight(newWeight).build();
  }

  /** Returns the same server in another tier. */
  public RealServer tier(int newTier) {
    return toBuilder().tier(newTier).build();
  }

  /** Returns the same server with thresholds; a lower one of 0 is three quarters of the upper. */
  public RealServer thresholds(int upper, int lower) {
    return toBuilder().thresholds(upper, lower).build();
  }

  /** Returns the same server on another VLAN. */
  public RealServer vlan(int newVlan) {
    return toBuilder().vlan(newVlan).build();
  }

  /**
   * Returns the number of connections below which a full server takes flows again: the lower
   * threshold if there is one, else three quarters of the upper, rounded up, as in IPVS: {@code
   * total * 4 < upper * 3}.
   */
  public int reliefBelow() {
    return lowerThreshold > 0 ? lowerThreshold : (int) ((upperThreshold * 3L + 3) / 4);
  }

  static InetAddress parse(String literal, String what) {
    requireNonNull(literal, what);
    // The platform takes "192.0.2" for 192.0.0.2; here it is more likely a slip of the hand.
    if (!literal.contains(":") && !FOUR_OCTETS.matcher(literal).matches()) {
      throw new IllegalArgumentException(expected(literal, what));
    }
    try {
      return InetAddress.ofLiteral(literal);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(expected(literal, what), e);
    }
  }

  private static String expected(String literal, String what) {
    return what + ": \"" + literal + "\" (expected: an IPv4 or IPv6 address)";
  }

  static void requireUnicast(InetAddress address, String what) {
    if (address.isAnyLocalAddress() || address.isMulticastAddress() || isBroadcast(address)) {
      throw new IllegalArgumentException(
          what + ": " + IpPrefix.text(address) + " (expected: a unicast address)");
    }
  }

  private static boolean isBroadcast(InetAddress address) {
    byte[] octets = address.getAddress();
    return octets.length == 4 && (octets[0] & octets[1] & octets[2] & octets[3]) == -1;
  }

  /** Builds a {@link RealServer}. Not for several threads at once. */
  @CanIgnoreReturnValue
  public static final class Builder {

    private final InetAddress address;
    private int weight = 1;
    private int tier;
    private int upperThreshold;
    private int lowerThreshold;
    private int vlan;

    private Builder(InetAddress address) {
      this.address = requireNonNull(address, "address");
    }

    /** Sets its share of new flows, 0 to 65535; the default is 1. */
    public Builder weight(int weight) {
      this.weight = weight;
      return this;
    }

    /** Sets its tier, 0, the default, to {@link #SORRY_TIER}. */
    public Builder tier(int tier) {
      this.tier = tier;
      return this;
    }

    /**
     * Sets the number of connections at which it takes no new flows, and the number below which it
     * takes them again; 0 and 0, the default, is no limit.
     */
    public Builder thresholds(int upper, int lower) {
      this.upperThreshold = upper;
      this.lowerThreshold = lower;
      return this;
    }

    /**
     * Sets the VLAN to which tagged frames are moved, 1 to 4094; 0, the default, leaves each frame
     * on its VLAN.
     */
    public Builder vlan(int vlan) {
      this.vlan = vlan;
      return this;
    }

    /**
     * Builds it.
     *
     * @throws IllegalArgumentException if a setting is out of the range that the record names
     */
    @CheckReturnValue
    public RealServer build() {
      return new RealServer(address, weight, tier, upperThreshold, lowerThreshold, vlan);
    }
  }
}
