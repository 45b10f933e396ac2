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
@CheckReturnValue
public record Admission(
    int flowsPerSource,
    int ipv4Prefix,
    int ipv6Prefix,
    int newFlowsPerSecond,
    int pressurePercent,
    boolean dropBogusFlags) {

  /**
   * No quota, 125,000 new flows a second on one event loop, eviction from 90 percent on, and no
   * bogus flags. For a quota, a source is an IPv4 address or an IPv6 network of 64 bits.
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

  /** Returns a builder that has the settings of {@link #DEFAULT}. */
  public static Builder builder() {
    return new Builder();
  }

  /** Returns a builder that has these settings. */
  public Builder toBuilder() {
    return builder()
        .flowsPerSource(flowsPerSource)
        .prefixes(ipv4Prefix, ipv6Prefix)
        .newFlowsPerSecond(newFlowsPerSecond)
        .pressurePercent(pressurePercent)
        .dropBogusFlags(dropBogusFlags);
  }

  /** Returns the same settings with another quota, 0 to 2<sup>28</sup>; 0 is none. */
  public Admission flowsPerSource(int most) {
    return toBuilder().flowsPerSource(most).build();
  }

  /** Returns the same settings with other prefix lengths of a source, 1 to 32 and 1 to 128. */
  public Admission prefixes(int ipv4, int ipv6) {
    return toBuilder().prefixes(ipv4, ipv6).build();
  }

  /** Returns the same settings with {@code rate} new flows a second remembered; 0 is all. */
  public Admission newFlowsPerSecond(int rate) {
    return toBuilder().newFlowsPerSecond(rate).build();
  }

  /** Returns the same settings with pressure from {@code percent} on, 50 to 100; 100 is never. */
  public Admission pressurePercent(int percent) {
    return toBuilder().pressurePercent(percent).build();
  }

  /** Returns the same settings, with segments of bogus flags dropped or let through. */
  public Admission dropBogusFlags(boolean drop) {
    return toBuilder().dropBogusFlags(drop).build();
  }

  /** Returns the settings in a readable form. */
  @Override
  public String toString() {
    String quota =
        flowsPerSource == 0
            ? "no quota"
            : flowsPerSource + " flows per /" + ipv4Prefix + " or IPv6 /" + ipv6Prefix;
    String limiter =
        newFlowsPerSecond == 0 ? "no rate limit" : newFlowsPerSecond + " new flows/s per loop";
    String pressure =
        pressurePercent == 100 ? "no eviction" : "eviction from " + pressurePercent + " %";
    String flags = dropBogusFlags ? "drops bogus flags" : "passes bogus flags";
    return "Admission[" + String.join(", ", quota, limiter, pressure, flags) + "]";
  }

  private static void checkRange(String name, int value, int minimum, int maximum) {
    if (value < minimum || value > maximum) {
      throw new IllegalArgumentException(
          name + ": " + value + " (expected: " + minimum + " to " + maximum + ")");
    }
  }

  /** Builds {@link Admission}. Not for several threads at once. */
  @CanIgnoreReturnValue
  public static final class Builder {

    private int flowsPerSource = DEFAULT.flowsPerSource;
    private int ipv4Prefix = DEFAULT.ipv4Prefix;
    private int ipv6Prefix = DEFAULT.ipv6Prefix;
    private int newFlowsPerSecond = DEFAULT.newFlowsPerSecond;
    private int pressurePercent = DEFAULT.pressurePercent;
    private boolean dropBogusFlags = DEFAULT.dropBogusFlags;

    private Builder() {}

    /**
     * Sets how many flows of one source are remembered, 0 to 2<sup>28</sup>; 0, the default, is no
     * quota.
     */
    public Builder flowsPerSource(int most) {
      this.flowsPerSource = most;
      return this;
    }

    /**
     * Sets how many leading bits make one source, 1 to 32 and 1 to 128; the default is 32 and 64.
     */
    public Builder prefixes(int ipv4, int ipv6) {
      this.ipv4Prefix = ipv4;
      this.ipv6Prefix = ipv6;
      return this;
    }

    /**
     * Sets how many new flows a second one event loop remembers, 0 to 100,000,000; 0 is all, the
     * default is 125,000.
     */
    public Builder newFlowsPerSecond(int rate) {
      this.newFlowsPerSecond = rate;
      return this;
    }

    /**
     * Sets how full a table is when old flows are forgotten at random, 50 to 100; 100 is never, the
     * default is 90.
     */
    public Builder pressurePercent(int percent) {
      this.pressurePercent = percent;
      return this;
    }

    /** Sets whether TCP segments with flags that no TCP sends are dropped; by default they are. */
    public Builder dropBogusFlags(boolean drop) {
      this.dropBogusFlags = drop;
      return this;
    }

    /**
     * Builds it.
     *
     * @throws IllegalArgumentException if a setting is out of the range that the record names
     */
    @CheckReturnValue
    public Admission build() {
      return new Admission(
          flowsPerSource,
          ipv4Prefix,
          ipv6Prefix,
          newFlowsPerSecond,
          pressurePercent,
          dropBogusFlags);
    }
  }
}
