package io.dsr.lab.e2e;

import io.dsr.core.Ticker;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** The system's clock, ahead by as much as a test wants: what would take minutes has passed. */
final class ShiftedTicker implements Ticker {

  private final AtomicLong ahead = new AtomicLong();

  /** Lets that much time pass at once. */
  void advance(Duration time) {
    ahead.addAndGet(time.toNanos());
  }

  @Override
  public long nanos() {
    return System.nanoTime() + ahead.get();
  }
}
