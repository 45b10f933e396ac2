package io.dsr.core;

/**
 * How a balancer keeps its table of flows useful under a flood.
 *
 * <p>A new flow that is not remembered is still forwarded: it is placed by the hash of its
 * addresses and ports alone.
 *
 * @param flowsPerSource how many flows of one source, a prefix of the client's address, are
 *     remembered on one event loop at a time, 1 to 2<sup>28</sup>, or 0 for no quota
 * @param ipv4Prefix how many leading bits of an IPv4 source address make one source, 1 to 32
 * @param ipv6Prefix how many leading bits of an IPv6 source address make one source, 1 to 128
 * @param newFlowsPerSecond how many new flows a second one event loop remembers, 1 to 100,000,000,
 *     or 0 for as many as come
 * @param pressurePercent how full a table is, in percent of its capacity, from which on old and
 *     half-begun flows are forgotten at random: 50 to 100; 100 is never
 * @param dropBogusFlags whether TCP segments with flags that no TCP sends together are dropped
 */
public record Admission(
    int flowsPerSource,
    int ipv4Prefix,
    int ipv6Prefix,
    int newFlowsPerSecond,
    int pressurePercent,
    boolean dropBogusFlags) {

  /**
   * No quota, 125,000 new flows a second on one event loop, pressure from 90 percent on, and no
   * bogus flags. Sources, should a quota be set, are IPv4 addresses and IPv6 networks of 64 bits.
   */
  public static final Admission DEFAULT = new Admission(0, 32, 64, 125_000, 90, true);

  private static final int MAXIMUM_FLOWS = 1 << 28;
  private static final int MAXIMUM_RATE = 100_000_000;

  public Admission {
    checkRange("flowsPerSource", flowsPerSource, 0, MAXIMUM_FLOWS);
    checkRange("ipv4Prefix", ipv4Prefix, 1, 32);
    checkRange("ipv6Prefix", ipv6Prefix, 1, 128);
    checkRange("newFlowsPerSecond", newFlowsPerSecond, 0, MAXIMUM_RATE);
    checkRange("pressurePercent", pressurePercent, 50, 100);
  }

  /** Returns the same defence with another quota, 0 to 2<sup>28</sup>; 0 is none. */
  public Admission flowsPerSource(int most) {
    return new Admission(
        most, ipv4Prefix, ipv6Prefix, newFlowsPerSecond, pressurePercent, dropBogusFlags);
  }

  /** Returns the same defence for sources of so many leading bits, 1 to 32 and 1 to 128. */
  public Admission prefixes(int ipv4, int ipv6) {
    return new Admission(
        flowsPerSource, ipv4, ipv6, newFlowsPerSecond, pressurePercent, dropBogusFlags);
  }

  /** Returns the same defence that remembers {@code rate} new flows a second; 0 is all. */
  public Admission newFlowsPerSecond(int rate) {
    return new Admission(
        flowsPerSource, ipv4Prefix, ipv6Prefix, rate, pressurePercent, dropBogusFlags);
  }

  /** Returns the same defence with pressure from {@code percent} on, 50 to 100; 100 is never. */
  public Admission pressurePercent(int percent) {
    return new Admission(
        flowsPerSource, ipv4Prefix, ipv6Prefix, newFlowsPerSecond, percent, dropBogusFlags);
  }

  /** Returns the same defence that drops, or lets through, segments with bogus flags. */
  public Admission dropBogusFlags(boolean drop) {
    return new Admission(
        flowsPerSource, ipv4Prefix, ipv6Prefix, newFlowsPerSecond, pressurePercent, drop);
  }

  /** Returns the defence as one reads it. */
  @Override
  public String toString() {
    String quota =
        flowsPerSource == 0
            ? "no quota"
            : flowsPerSource + " flows for each /" + ipv4Prefix + " or IPv6 /" + ipv6Prefix;
    String brake = newFlowsPerSecond == 0 ? "no brake" : newFlowsPerSecond + " new flows/s a loop";
    String pressure =
        pressurePercent == 100 ? "no pressure" : "pressure from " + pressurePercent + " %";
    String flags = dropBogusFlags ? "no bogus flags" : "any flags";
    return "Defence[" + String.join(", ", quota, brake, pressure, flags) + "]";
  }

  private static void checkRange(String name, int value, int minimum, int maximum) {
    if (value < minimum || value > maximum) {
      throw new IllegalArgumentException(
          name + ": " + value + " (expected: " + minimum + " to " + maximum + ")");
    }
  }
}
