package io.dsr.core;

import java.time.Duration;

/**
 * How a drain ended.
 *
 * @param flowsAtStart flows that the server had when it was drained
 * @param flowsLeft flows that it still had at the end; 0 unless the deadline had passed
 * @param took from the start until the last flow had ended, or the deadline
 */
public record DrainReport(long flowsAtStart, long flowsLeft, Duration took) {

  /** Returns whether every flow had ended. */
  public boolean isDrained() {
    return flowsLeft == 0;
  }
}
