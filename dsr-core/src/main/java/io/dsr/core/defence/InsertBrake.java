package io.dsr.core.defence;

/**
 * Limits how many flows a second come to be remembered: above the limit, new flows are placed by
 * hash alone. The idea and the figure of 125,000 a second and core are katran's ({@code
 * is_under_flood} in {@code balancer.bpf.c}); there the count begins anew each second, here the
 * limit is smooth: it lets a quarter of a second's flows through at once.
 *
 * <p>Event loop only. A kernel fast path that remembers flows itself needs one counter a CPU.
 */
public final class InsertBrake {

  private static final long SECOND = 1_000_000_000L;
  private static final long TOLERANCE = SECOND / 4;

  /** A flow's share of a second in 1/16 ns, so that high limits are not rounded away. */
  private final long interval;

  private long due;
  private boolean braking;

  /**
   * Creates a brake.
   *
   * @param perSecond new flows a second, 0 for no limit
   */
  public InsertBrake(int perSecond, long nowNanos) {
    if (perSecond < 0) {
      throw new IllegalArgumentException("perSecond: " + perSecond + " (expected: 0 or more)");
    }
    this.interval = perSecond == 0 ? 0 : Math.max(1, (SECOND << 4) / perSecond);
    this.due = nowNanos << 4;
  }

  /** Returns whether one more flow may be remembered, and counts it if so. */
  public boolean take(long nowNanos) {
    if (interval == 0) {
      return true;
    }
    long now = nowNanos << 4;
    long from = due - now > 0 ? due : now;
    braking = from - now > TOLERANCE << 4;
    if (braking) {
      return false;
    }
    due = from + interval;
    return true;
  }

  /** Returns whether the last flow asked about was refused. */
  public boolean isBraking() {
    return braking;
  }
}
