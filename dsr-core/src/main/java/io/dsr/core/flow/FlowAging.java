package io.dsr.core.flow;

/**
 * Tells when somebody else that forwards frames of our flows, a kernel fast path or another
 * balancer, has last seen one: asked before the flow is forgotten for its silence.
 *
 * <p>Event loop; must not block, throw or change the table.
 */
@FunctionalInterface
public interface FlowAging {

  /** Returned for a flow that was not seen elsewhere. */
  long NEVER = Long.MIN_VALUE;

  /**
   * Returns the reading of the {@link io.dsr.core.Ticker} at which the flow was last seen
   * elsewhere, or {@link #NEVER}. One that is later than the last frame here keeps the flow for as
   * long as a frame of that time would have.
   */
  long lastSeen(FlowTracker table, int record);
}
