package io.dsr.core.defence;

import java.time.Duration;

/**
 * Which flows are given up when a table is nearly full, as {@code drop_entry} of IPVS does ({@code
 * ip_vs_random_dropentry} and {@code todrop_entry} in {@code net/netfilter/ipvs/ip_vs_conn.c}).
 *
 * <p>Flows that have had one frame alone, and those that are closing or closed, always are: half of
 * them at each look, so that a young one has a chance to be confirmed. Others only when they have
 * been idle for a minute, and of those that had n frames one in n. IPVS, which sees half-open
 * connections in the same table, gives those up first; here they have a table of their own. It
 * looks at 1/32 of its table a second, at random; here the looks go round the table while the
 * pressure lasts.
 *
 * <p>A pure function of its arguments; any thread. A kernel fast path leaves it to who owns the
 * table.
 */
public final class DropPressure {

  private static final long IDLE = Duration.ofSeconds(60).toNanos();
  private static final int NEVER = 100;

  private final int percent;

  /**
   * Creates a policy.
   *
   * @param percent how full a table may be, 50 to 100; at 100 nothing is ever given up
   */
  public DropPressure(int percent) {
    if (percent < 50 || percent > NEVER) {
      throw new IllegalArgumentException("percent: " + percent + " (expected: 50 to 100)");
    }
    this.percent = percent;
  }

  /** Returns whether a table of that size is nearly full. */
  public boolean isUnderPressure(int size, int capacity) {
    return percent < NEVER && size * 100L > (long) capacity * percent;
  }

  /**
   * Returns whether a flow may be given up.
   *
   * @param confirmed whether it has had more than one frame
   * @param active whether its state is an active one
   * @param idleNanos how long its last frame has been ago
   * @param frames how many frames it has had, as far as that is known: 1 or more
   * @param random any number, another one for each question
   */
  public boolean mayDrop(
      boolean confirmed, boolean active, long idleNanos, int frames, long random) {
    if (!confirmed || !active) {
      return (random & 1) == 0;
    }
    return idleNanos >= IDLE && Long.remainderUnsigned(random, frames) == 0;
  }
}
