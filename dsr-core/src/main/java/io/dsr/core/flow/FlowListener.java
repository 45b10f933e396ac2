package io.dsr.core.flow;

/**
 * Hears of the life of each flow that a director remembers: it opens once, changes, and closes
 * once.
 *
 * <p>A record can be read during the call and must not be removed in it. Its number is good for the
 * call alone: a TCP connection that has been acknowledged moves to another table and gets another
 * number there, which is no closing. Listeners must not block, and what they throw is lost with the
 * frame that was decided about. Event loop.
 */
public interface FlowListener {

  /**
   * Takes note of a flow that is remembered from now on, with the state, the numbers and the
   * upstream address that its first frame has given it.
   */
  default void opened(FlowTracker table, int record) {}

  /** Takes note that the state of a flow has changed, after its numbers have. */
  default void changed(FlowTracker table, int record) {}

  /** Takes note that a flow, whose record can be read still, is being forgotten. */
  default void closed(FlowTracker table, int record, CloseReason reason) {}
}
