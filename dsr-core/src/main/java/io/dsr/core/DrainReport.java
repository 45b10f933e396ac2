package io.dsr.core;

import java.time.Duration;

/**
 * How a drain ended. A flow counts as active as long as it may be in use, and be it silent. A TCP
 * connection that its client has closed is remembered for two minutes more, for late segments, and
 * keeps nobody waiting; nor does one that got no answer.
 *
 * @param flowsAtStart active flows that the server had when it was drained
 * @param flowsLeft active flows that it still had at the end; 0 unless the deadline had passed
 * @param closedFlows flows that were closing or closed at the end, but still remembered
 * @param took from the start until the last active flow had ended, or the deadline
 */
public record DrainReport(long flowsAtStart, long flowsLeft, long closedFlows, Duration took) {

  /** Creates a report without closed flows. */
  public DrainReport(long flowsAtStart, long flowsLeft, Duration took) {
    this(flowsAtStart, flowsLeft, 0, took);
  }

  /** Returns whether every active flow had ended. */
  public boolean isDrained() {
    return flowsLeft == 0;
  }
}
