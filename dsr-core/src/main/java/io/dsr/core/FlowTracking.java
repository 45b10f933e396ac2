package io.dsr.core;

/** Whether a virtual service tracks its flows. */
public enum FlowTracking {
  /** Each flow is tracked: all its frames go to one server. */
  TRACKED,
  /**
   * No flow is tracked: a hash of the flow, or a scheduler that hashes, places every frame. A
   * change of servers moves live flows. Like {@code -sessionless} on a NetScaler.
   */
  SESSIONLESS,
  /** Each UDP datagram is scheduled by itself, as IPVS does with {@code --ops}. */
  ONE_PACKET
}
