package io.dsr.core;

/**
 * How a balancer defends its tables, whatever the service.
 *
 * @param flowsPerSource flows remembered at most for one source, a prefix of the client's address;
 *     further ones are placed by hash and not remembered; 0 for no quota
 * @param ipv4Prefix how many leading bits of an IPv4 address make one source, 1 to 32
 * @param ipv6Prefix how many leading bits of an IPv6 address make one source, 1 to 128
 * @param newFlowsPerSecond new flows a second, on one event loop, above which new flows are placed
 *     by hash and not remembered; 0 for no brake
 * @param pressurePercent how full a table may be before half-begun, closing and old flows are
 *     dropped at random, 50 to 100; 100 for never
 * @param dropBogusFlags whether TCP segments with flags that no TCP sends are dropped
 */
public record Defence(
    int flowsPerSource,
    int ipv4Prefix,
    int ipv6Prefix,
    int newFlowsPerSecond,
    int pressurePercent,
    boolean dropBogusFlags) {

  /** No quota, 125,000 new flows a second, drops from 90 % on, bogus flags dropped. */
  public static final Defence DEFAULT = new Defence(0, 32, 64, 125_000, 90, true);

  /** Checks the ranges. */
  public Defence {
    range("flowsPerSource", flowsPerSource, 0, Integer.MAX_VALUE);
    range("ipv4Prefix", ipv4Prefix, 1, 32);
    range("ipv6Prefix", ipv6Prefix, 1, 128);
    range("newFlowsPerSecond", newFlowsPerSecond, 0, Integer.MAX_VALUE);
    range("pressurePercent", pressurePercent, 50, 100);
  }

  /** Returns these with another quota of flows for one source. */
  public Defence flowsPerSource(int most) {
    return new Defence(
        most, ipv4Prefix, ipv6Prefix, newFlowsPerSecond, pressurePercent, dropBogusFlags);
  }

  /** Returns these for sources of other sizes. */
  public Defence prefixes(int ipv4, int ipv6) {
    return new Defence(
        flowsPerSource, ipv4, ipv6, newFlowsPerSecond, pressurePercent, dropBogusFlags);
  }

  /** Returns these with another brake. */
  public Defence newFlowsPerSecond(int most) {
    return new Defence(
        flowsPerSource, ipv4Prefix, ipv6Prefix, most, pressurePercent, dropBogusFlags);
  }

  /** Returns these with another pressure. */
  public Defence pressurePercent(int percent) {
    return new Defence(
        flowsPerSource, ipv4Prefix, ipv6Prefix, newFlowsPerSecond, percent, dropBogusFlags);
  }

  /** Returns these with segments of bogus flags dropped, or not. */
  public Defence dropBogusFlags(boolean drop) {
    return new Defence(
        flowsPerSource, ipv4Prefix, ipv6Prefix, newFlowsPerSecond, pressurePercent, drop);
  }

  private static void range(String name, int value, int minimum, int maximum) {
    if (value < minimum || value > maximum) {
      throw new IllegalArgumentException(
          name + ": " + value + " (expected: " + minimum + " to " + maximum + ")");
    }
  }
}
