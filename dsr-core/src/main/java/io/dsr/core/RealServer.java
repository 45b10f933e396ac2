package io.dsr.core;

import static java.util.Objects.requireNonNull;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.regex.Pattern;

/**
 * A server behind the virtual address, named by its own address on the balancer's segment.
 *
 * @param address the server's own address, by which its MAC address is found; never the VIP
 * @param weight its share of new flows against the others' weights, 0 to 65535; 0 drains it: no new
 *     flows, old ones stay
 */
public record RealServer(InetAddress address, int weight) {

  /** The largest weight, that of IPVS. */
  public static final int MAXIMUM_WEIGHT = 65_535;

  private static final Pattern FOUR_OCTETS = Pattern.compile("[0-9]+(\\.[0-9]+){3}");

  public RealServer {
    requireNonNull(address, "address");
    requireUnicast(address, "server address");
    if (weight < 0 || weight > MAXIMUM_WEIGHT) {
      throw new IllegalArgumentException("weight: " + weight + " (expected: 0 to 65535)");
    }
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

  /** Returns whether the server's address is an IPv6 one. */
  public boolean isIpv6() {
    return address instanceof Inet6Address;
  }

  /** Returns the same server with another weight. */
  public RealServer weight(int newWeight) {
    return new RealServer(address, newWeight);
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
          what + ": " + address.getHostAddress() + " (expected: a unicast address)");
    }
  }

  private static boolean isBroadcast(InetAddress address) {
    byte[] octets = address.getAddress();
    return octets.length == 4 && (octets[0] & octets[1] & octets[2] & octets[3]) == -1;
  }
}
