package io.dsr.netty.channel;

import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * Decides whether to look at an empty ring for some more microseconds before the event loop sleeps.
 *
 * <p>To sleep and be woken costs a few microseconds, here and on the CPU that receives. To wait for
 * as long as that in vain at most doubles the cost, and to wait for less than that wins: the rule
 * of competitive spinning (Karlin, Manasse, McGeoch, Owicki: Competitive randomized algorithms for
 * non-uniform problems, 1990). And nobody waits in vain twice: only while frames have lately been
 * nearer to one another than the limit, by a moving average over what each batch brought, is the
 * next one waited for. At low rates and without traffic nothing is looked at. The event loop's.
 */
final class RePoll {

  /** How often a wakeup may find more frames, before the loop's other tasks get their turn. */
  static final int MOST_ROUNDS = 32;

  private static final int WEIGHT = 3; // a new gap counts 1/8
  private static final int CLAMP = 16; // a pause counts as this many limits

  private final LongSupplier clock;
  private long limit;
  private long average;
  private long emptySince;

  /** Creates one that waits up to {@code limitNanos}, or never if that is 0. */
  RePoll(long limitNanos, LongSupplier clock) {
    this.clock = clock;
    this.limit = -1;
    this.emptySince = clock.getAsLong();
    limit(limitNanos);
  }

  /** Changes the limit, to be learnt anew. */
  void limit(long limitNanos) {
    if (limit != limitNanos) {
      limit = limitNanos;
      average = CLAMP * limitNanos;
    }
  }

  /** Hears that the loop was woken for frames. */
  long wokenAt() {
    return limit == 0 ? 0 : clock.getAsLong();
  }

  /** Learns that {@code frames} came between the moment that the ring was empty and {@code now}. */
  void came(int frames, long now) {
    if (limit != 0) {
      long gap = Math.min(now - emptySince, CLAMP * limit) / frames;
      average += (gap - average) >> WEIGHT;
    }
  }

  /** Waits for {@code ready}; returns when, or 0 if it is not worthwhile or was in vain. */
  long await(BooleanSupplier ready) {
    if (limit == 0) {
      return 0;
    }
    long start = clock.getAsLong();
    emptySince = start;
    if (average >= limit) {
      return 0;
    }
    long now = start;
    while (now - start < limit) {
      if (ready.getAsBoolean()) {
        return now | 1; // never 0
      }
      Thread.onSpinWait();
      now = clock.getAsLong();
    }
    return 0;
  }
}
