package io.dsr.netty;

import java.time.Duration;

/**
 * How a drain ended.
 *
 * @param flowsAtStart flows that the server had when it was drained
 * @param flowsLeft flows that it still had at the end; 0 unless the deadline had passed
 * @param took how long it took
 */
public record DrainReport(long flowsAtStart, long flowsLeft, Duration took) {

  /** Returns whether every flow had ended. */
  public boolean isDrained() {
    return flowsLeft == 0;
  }
}
