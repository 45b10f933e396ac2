package io.dsr.core.flow;

/** Is told of each flow that is forgotten. Event loop. */
@FunctionalInterface
public interface FlowListener {

  /** Takes note that the flow of {@code record}, which can be read still, is being forgotten. */
  void closed(FlowTracker table, int record);
}
