package io.dsr.core.admission;

/**
 * A rate with a burst, whose whole state is the time at which its bucket will be full again: the
 * virtual scheduling form of the generic cell rate algorithm (ITU-T I.371, annex A), which admits
 * exactly what a token bucket does.
 *
 * <p>Times are in sixteenths of a nanosecond, since an origin of the owner's, for 18 years. The
 * time between two tokens is rounded up: never more than the rate is admitted, and less by at most
 * six in a thousand at 100,000,000 a second, six in a hundred thousand at 1,000,000.
 */
final class TokenRate {

  /** Returned where there is no token. */
  static final long REFUSED = -1;

  /** A nanosecond is two to this power units of time. */
  private static final int NANO_BITS = 4;

  private static final long SECOND = 1_000_000_000L << NANO_BITS;

  private final long interval;
  private final long tolerance;

  /** Creates a rate of {@code perSecond} tokens, 0 for as many as are wanted. */
  TokenRate(int perSecond, int burst) {
    this.interval = perSecond == 0 ? 0 : Math.ceilDiv(SECOND, perSecond);
    this.tolerance = interval * Math.max(0, burst - 1);
  }

  /** Returns a length of time in units of this class. */
  static long time(long nanos) {
    return nanos << NANO_BITS;
  }

  /** Returns a time in nanoseconds, rounded up. */
  static long nanos(long time) {
    return Math.ceilDiv(time, 1L << NANO_BITS);
  }

  /**
   * Takes a token from a bucket that will be full at {@code fullAt}, and returns when it will be
   * full after that, or {@link #REFUSED}.
   */
  long take(long fullAt, long now) {
    long from = Math.max(fullAt, now);
    return from - now > tolerance ? REFUSED : from + interval;
  }
}
