package io.dsr.netty.channel;

import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * Decides whether to look at a ring for some more microseconds before the event loop sleeps.
 *
 * <p>A look costs nothing, and often finds what came while the last batch was being sent. To sleep
 * and be woken costs a few microseconds, here and on the CPU that receives. To wait for as long as
 * that in vain at most doubles the cost, and to wait for less than that wins: the rule of
 * competitive spinning (Karlin, Manasse, McGeoch, Owicki: Competitive randomized algorithms for
 * non-uniform problems, 1990).
 *
 * <p>Whoever has waited in vain lets the next opportunity pass, after that the next three, and so
 * on up to {@value #MOST_PASSED}; one success, and each is taken again. So at low rates next to
 * nothing is waited for, nor where the kernel receives on the loop's own CPU: there no frame comes
 * for as long as the loop waits. The event loop's.
 */
final class BusyPoll {

  /** How often a wakeup may find more frames, before the loop's other tasks get their turn. */
  static final int MOST_ROUNDS = 32;

  /** The most opportunities to wait that are let pass in a row. */
  static final int MOST_PASSED = 255;

  private final LongSupplier clock;
  private long limit;
  private int toPass;
  private int passed;

  /** Creates one that waits up to {@code limitNanos}, or never if that is 0. */
  BusyPoll(long limitNanos, LongSupplier clock) {
    this.clock = clock;
    this.limit = limitNanos;
  }

  /** Changes the limit, to be learnt anew. */
  void limit(long limitNanos) {
    if (limit != limitNanos) {
      limit = limitNanos;
      toPass = 0;
      passed = 0;
    }
  }

  /** Looks once, and waits for {@code ready} if that is worthwhile; returns whether it is. */
  boolean await(BooleanSupplier ready) {
    if (ready.getAsBoolean()) {
      return true;
    }
    if (limit == 0) {
      return false;
    }
    if (passed < toPass) {
      passed++;
      return false;
    }
    passed = 0;
    return waitFor(ready);
  }

  private boolean waitFor(BooleanSupplier ready) {
    long start = clock.getAsLong();
    boolean found;
    boolean inTime;
    do {
      Thread.onSpinWait();
      found = ready.getAsBoolean();
      inTime = clock.getAsLong() - start < limit;
    } while (!found && inTime);
    // What was found too late came because another thread had this CPU.
    toPass = found && inTime ? 0 : Math.min(2 * toPass + 1, MOST_PASSED);
    return found;
  }
}
