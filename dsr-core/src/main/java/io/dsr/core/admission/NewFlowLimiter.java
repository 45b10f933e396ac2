package io.dsr.core.admission;

/**
 * How many new flows a second one event loop remembers: a token bucket that holds a quarter of a
 * second's flows, so that a short rush passes and a flood is cut to the rate.
 *
 * <p>A flow without a token is placed by hash and not remembered, as Katran does without its map of
 * flows once a core has met 125,000 new ones in a second ({@code is_under_flood} in {@code
 * katran/lib/bpf/balancer.bpf.c}). There a count starts again each second, so that a flood fills
 * the first part of each; here what is remembered is spread evenly. Event loop only; allocates
 * nothing.
 *
 * <p>A kernel fast path needs nothing of this while it hands new flows up; one that places them
 * itself needs one word of time a CPU.
 */
public final class NewFlowLimiter {

  private static final int BURSTS_A_SECOND = 4;

  private final TokenRate rate;
  private final long origin;
  private long fullAt;
  private long now;

  /**
   * Creates a limiter whose bucket is full.
   *
   * @param perSecond how many new flows a second are remembered, 0 to 100,000,000; 0 for no limit
   * @param nowNanos the reading of the {@link io.dsr.core.Ticker} that {@link #take} is given
   */
  public NewFlowLimiter(int perSecond, long nowNanos) {
    if (perSecond < 0 || perSecond > 100_000_000) {
      throw new IllegalArgumentException("perSecond: " + perSecond + " (expected: 0 to 100000000)");
    }
    this.rate = new TokenRate(perSecond, Math.max(1, perSecond / BURSTS_A_SECOND));
    this.origin = nowNanos;
  }

  /** Returns whether there is a token: whether a new flow may be remembered. Takes none. */
  public boolean hasToken(long nowNanos) {
    return rate.take(fullAt, latest(nowNanos)) != TokenRate.REFUSED;
  }

  /** Takes a token, and returns whether there was one: whether a new flow may be remembered. */
  public boolean take(long nowNanos) {
    now = latest(nowNanos);
    long next = rate.take(fullAt, now);
    if (next == TokenRate.REFUSED) {
      return false;
    }
    fullAt = next;
    return true;
  }

  private long latest(long nowNanos) {
    return Math.max(now, TokenRate.time(nowNanos - origin));
  }
}
