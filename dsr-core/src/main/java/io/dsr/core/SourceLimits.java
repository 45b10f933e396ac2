package io.dsr.core;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * What one source, a prefix of the client's address, may do to one virtual service.
 *
 * @param ipv4Prefix how many leading bits of an IPv4 address make one source, 1 to 32
 * @param ipv6Prefix how many leading bits of an IPv6 address make one source, 1 to 128
 * @param newPerSecond new flows a second in the long run, 0 for no limit
 * @param newBurst new flows at once, 1 or more where there is a limit
 * @param resetsPerSecond TCP segments with RST a second, 0 for no limit
 * @param connections live flows at a time, 0 for no limit
 * @param ban how long a source that went over a limit is refused, up to an hour; zero to refuse
 *     only what goes over
 */
public record SourceLimits(
    int ipv4Prefix,
    int ipv6Prefix,
    int newPerSecond,
    int newBurst,
    int resetsPerSecond,
    int connections,
    Duration ban) {

  private static final Duration LONGEST_BAN = Duration.ofHours(1);

  /** Checks the ranges. */
  public SourceLimits {
    requireNonNull(ban, "ban");
    range("ipv4Prefix", ipv4Prefix, 1, 32);
    range("ipv6Prefix", ipv6Prefix, 1, 128);
    range("newPerSecond", newPerSecond, 0, Integer.MAX_VALUE);
    range("newBurst", newBurst, newPerSecond == 0 ? 0 : 1, Integer.MAX_VALUE);
    range("resetsPerSecond", resetsPerSecond, 0, Integer.MAX_VALUE);
    range("connections", connections, 0, Integer.MAX_VALUE);
    if (ban.isNegative() || ban.compareTo(LONGEST_BAN) > 0) {
      throw new IllegalArgumentException("ban: " + ban + " (expected: 0 to 1 hour)");
    }
  }

  /** Returns no limits yet, for each IPv4 address and each IPv6 network of 64 bits. */
  public static SourceLimits perAddress() {
    return new SourceLimits(32, 64, 0, 0, 0, 0, Duration.ZERO);
  }

  /** Returns these limits for sources of other sizes. */
  public SourceLimits prefixes(int ipv4, int ipv6) {
    return new SourceLimits(ipv4, ipv6, newPerSecond, newBurst, resetsPerSecond, connections, ban);
  }

  /** Returns these with another limit of new flows a second, and at once. */
  public SourceLimits newPerSecond(int rate, int burst) {
    return new SourceLimits(ipv4Prefix, ipv6Prefix, rate, burst, resetsPerSecond, connections, ban);
  }

  /** Returns these with another limit of TCP resets a second. */
  public SourceLimits resetsPerSecond(int rate) {
    return new SourceLimits(ipv4Prefix, ipv6Prefix, newPerSecond, newBurst, rate, connections, ban);
  }

  /** Returns these with another limit of live flows. */
  public SourceLimits connections(int most) {
    return new SourceLimits(
        ipv4Prefix, ipv6Prefix, newPerSecond, newBurst, resetsPerSecond, most, ban);
  }

  /** Returns these with another ban. */
  public SourceLimits ban(Duration time) {
    return new SourceLimits(
        ipv4Prefix, ipv6Prefix, newPerSecond, newBurst, resetsPerSecond, connections, time);
  }

  private static void range(String name, int value, int minimum, int maximum) {
    if (value < minimum || value > maximum) {
      throw new IllegalArgumentException(
          name + ": " + value + " (expected: " + minimum + " to " + maximum + ")");
    }
  }
}
