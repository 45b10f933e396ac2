package io.dsr.core.admission;

/**
 * Which flows give way when a table is nearly full.
 *
 * <p>The idea and its numbers are those of the Linux kernel's IPVS, {@code drop_entry}: {@code
 * todrop_entry} and {@code ip_vs_random_dropentry} in {@code net/netfilter/ipvs/ip_vs_conn.c}. A
 * half-begun connection always goes; any other has to have been silent for 60 s and to have sent 1
 * to 8 frames, and then one in n goes of those with n frames. There are four differences. The
 * kernel goes by free memory, this by how full the table is; chance is the caller's random number
 * where the kernel has a counter; a connection that closes, which the kernel spares, goes after a
 * second of silence; and which flows are looked at, 1/32 of the table a second in the kernel, is
 * the caller's business.
 *
 * <p>A value without state: any thread; allocates nothing.
 *
 * <p>A kernel fast path needs for each flow the time of its last frame and a count of frames that
 * stops above 8; who looks for victims can stay above it.
 *
 * @param percent how full a table is, in percent of its capacity, when pressure begins: 50 to 100;
 *     100 is never
 */
public record EvictionPolicy(int percent) {

  /**
   * The most frames of an established flow that can give way. A count that cannot go so far must be
   * given as more than this once it has stopped.
   */
  public static final int MOST_FRAMES = 8;

  private static final int NEVER = 100;
  private static final long ESTABLISHED_IDLE_NANOS = 60_000_000_000L;
  private static final long CLOSING_IDLE_NANOS = 1_000_000_000L;

  public EvictionPolicy {
    if (percent < 50 || percent > NEVER) {
      throw new IllegalArgumentException("percent: " + percent + " (expected: 50 to 100)");
    }
  }

  /** Returns whether a table with {@code size} flows of {@code capacity} must let flows go. */
  public boolean isUnderPressure(int size, int capacity) {
    return percent < NEVER && size * 100L >= (long) capacity * percent;
  }

  /**
   * Returns whether a flow may be forgotten under pressure.
   *
   * @param confirmed whether a TCP client has acknowledged anything; true for other protocols
   * @param active whether the flow counts as active; false for one that closes
   * @param idleNanos how long ago its last frame came, in nanoseconds
   * @param framesSeen how many frames came, 1 or more; of a flow with 0 they are unknown
   * @param random 64 random bits, fresh for each flow
   */
  public boolean mayDrop(
      boolean confirmed, boolean active, long idleNanos, int framesSeen, long random) {
    if (!confirmed) {
      return true;
    }
    if (!active) {
      return idleNanos >= CLOSING_IDLE_NANOS;
    }
    return idleNanos >= ESTABLISHED_IDLE_NANOS
        && framesSeen >= 1
        && framesSeen <= MOST_FRAMES
        && Long.remainderUnsigned(random, framesSeen) == 0;
  }
}
