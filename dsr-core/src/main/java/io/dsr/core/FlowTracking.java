package io.dsr.core;

/** Whether a virtual service remembers its flows. */
public enum FlowTracking {
  /** Each flow is remembered: all of its frames go to one server. */
  TRACKED,
  /**
   * None is remembered: every frame goes where a hash of its flow, or a scheduler that hashes,
   * places it. A change of servers moves live flows. As {@code -sessionless} of a NetScaler.
   */
  SESSIONLESS,
  /** Each UDP datagram is scheduled by itself, as IPVS does with {@code --ops}. */
  ONE_PACKET
}
