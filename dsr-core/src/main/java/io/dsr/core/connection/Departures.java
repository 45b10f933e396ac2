package io.dsr.core.connection;

/** Is told of each flow that is forgotten. Event loop. */
@FunctionalInterface
public interface Departures {

  /** Takes note that the flow of {@code record}, which can be read still, is being forgotten. */
  void leaves(ConnectionTable table, int record);
}
