package io.dsr.core;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * What one source may do to one service. A source is a prefix of the client's address.
 *
 * <p>Each event loop counts for itself: a source whose flows reach several loops may do as much on
 * each of them. A source address can be forged: with a {@code ban}, a stranger who forges a
 * client's address can lock that client out for as long, so a ban belongs behind a network that
 * filters forged sources.
 *
 * @param ipv4Prefix how many leading bits of an IPv4 source address make one source, 1 to 32
 * @param ipv6Prefix how many leading bits of an IPv6 source address make one source, 1 to 128
 * @param newPerSecond how many new flows a second it may open in the long run, 1 to 1,000,000, or 0
 *     for no limit
 * @param newBurst how many of them at once after a quiet time, 1 to 1,000,000; 0 if there is no
 *     limit
 * @param resetsPerSecond how many TCP segments with RST it may send a second, and at once, 1 to
 *     1,000,000, or 0 for no limit
 * @param connections how many flows it may have at the same time, 1 to 1,000,000, or 0 for no limit
 * @param ban how long everything from a source that has gone over a limit is dropped, 0 to 1 h;
 *     zero: only what is over the limit is dropped
 */
@CheckReturnValue
public record SourceLimits(
    int ipv4Prefix,
    int ipv6Prefix,
    int newPerSecond,
    int newBurst,
    int resetsPerSecond,
    int connections,
    Duration ban) {

  private static final int MAXIMUM = 1_000_000;
  private static final Duration MAXIMUM_BAN = Duration.ofHours(1);

  public SourceLimits {
    requireNonNull(ban, "ban");
    checkRange("ipv4Prefix", ipv4Prefix, 1, 32);
    checkRange("ipv6Prefix", ipv6Prefix, 1, 128);
    checkRange("newPerSecond", newPerSecond, 0, MAXIMUM);
    if (newPerSecond == 0) {
      checkRange("newBurst without newPerSecond", newBurst, 0, 0);
    } else {
      checkRange("newBurst", newBurst, 1, MAXIMUM);
    }
    checkRange("resetsPerSecond", resetsPerSecond, 0, MAXIMUM);
    checkRange("connections", connections, 0, MAXIMUM);
    if (ban.isNegative() || ban.compareTo(MAXIMUM_BAN) > 0) {
      throw new IllegalArgumentException("ban: " + ban + " (expected: 0 to 1 h)");
    }
  }

  /**
   * Returns limits without any limit set. A source is one IPv4 address or one IPv6 network of 64
   * bits, the range from which one host can choose its addresses.
   */
  public static SourceLimits perAddress() {
    return builder().build();
  }

  /** Returns a builder without limits, for the sources of {@link #perAddress}. */
  public static Builder builder() {
    return new Builder();
  }

  /** Returns a builder that has these limits. */
  public Builder toBuilder() {
    return builder()
        .prefixes(ipv4Prefix, ipv6Prefix)
        .newPerSecond(newPerSecond, newBurst)
        .resetsPerSecond(resetsPerSecond)
        .connections(connections)
        .ban(ban);
  }

  /** Returns the same limits with other prefix lengths of a source, 1 to 32 and 1 to 128. */
  public SourceLimits prefixes(int ipv4, int ipv6) {
    return toBuilder().prefixes(ipv4, ipv6).build();
  }

  /**
   * Returns the same limits with {@code rate} new flows a second, 0 to 1,000,000, and {@code burst}
   * at once, 1 to 1,000,000; a rate of 0, with a burst of 0, is no limit.
   */
  public SourceLimits newPerSecond(int rate, int burst) {
    return toBuilder().newPerSecond(rate, burst).build();
  }

  /** Returns the same limits with {@code rate} resets a second, 0 to 1,000,000; 0 is no limit. */
  public SourceLimits resetsPerSecond(int rate) {
    return toBuilder().resetsPerSecond(rate).build();
  }

  /** Returns the same limits with {@code most} flows at a time, 0 to 1,000,000; 0 is no limit. */
  public SourceLimits connections(int most) {
    return toBuilder().connections(most).build();
  }

  /** Returns the same limits with another ban, 0 to 1 h. */
  public SourceLimits ban(Duration length) {
    return toBuilder().ban(length).build();
  }

  /** Returns the limits that are set, in a readable form. */
  @Override
  public String toString() {
    var text = new StringBuilder("SourceLimits[per /" + ipv4Prefix + " or IPv6 /" + ipv6Prefix);
    if (newPerSecond > 0) {
      text.append(", ").append(newPerSecond).append(" new flows/s, bursts of ").append(newBurst);
    }
    if (resetsPerSecond > 0) {
      text.append(", ").append(resetsPerSecond).append(" resets/s");
    }
    if (connections > 0) {
      text.append(", ").append(connections).append(" connections");
    }
    if (newPerSecond == 0 && resetsPerSecond == 0 && connections == 0) {
      text.append(", no limits");
    }
    if (!ban.isZero()) {
      text.append(", ban ").append(ban);
    }
    return text.append(']').toString();
  }

  private static void checkRange(String name, int value, int minimum, int maximum) {
    if (value < minimum || value > maximum) {
      String range = minimum == maximum ? "" + minimum : minimum + " to " + maximum;
      throw new IllegalArgumentException(name + ": " + value + " (expected: " + range + ")");
    }
  }

  /** Builds {@link SourceLimits}. Not for several threads at once. */
  @CanIgnoreReturnValue
  public static final class Builder {

    private int ipv4Prefix = 32;
    private int ipv6Prefix = 64;
    private int newPerSecond;
    private int newBurst;
    private int resetsPerSecond;
    private int connections;
    private Duration ban = Duration.ZERO;

    private Builder() {}

    /**
     * Sets how many leading bits make one source, 1 to 32 and 1 to 128; the default is 32 and 64.
     */
    public Builder prefixes(int ipv4, int ipv6) {
      this.ipv4Prefix = ipv4;
      this.ipv6Prefix = ipv6;
      return this;
    }

    /**
     * Sets how many new flows a source may open a second, and at once; 0 and 0, the default, is no
     * limit.
     */
    public Builder newPerSecond(int rate, int burst) {
      this.newPerSecond = rate;
      this.newBurst = burst;
      return this;
    }

    /** Sets how many resets a source may send a second; 0, the default, is no limit. */
    public Builder resetsPerSecond(int rate) {
      this.resetsPerSecond = rate;
      return this;
    }

    /** Sets how many flows a source may have at a time; 0, the default, is no limit. */
    public Builder connections(int most) {
      this.connections = most;
      return this;
    }

    /** Sets how long a source that goes over a limit is banned, 0, the default, to 1 h. */
    public Builder ban(Duration length) {
      this.ban = requireNonNull(length, "ban");
      return this;
    }

    /**
     * Builds it.
     *
     * @throws IllegalArgumentException if a setting is out of the range that the record names
     */
    @CheckReturnValue
    public SourceLimits build() {
      return new SourceLimits(
          ipv4Prefix, ipv6Prefix, newPerSecond, newBurst, resetsPerSecond, connections, ban);
    }
  }
}
