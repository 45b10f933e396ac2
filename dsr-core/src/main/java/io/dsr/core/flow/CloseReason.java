package io.dsr.core.flow;

/** Why a flow is forgotten. */
public enum CloseReason {
  /** No frame came for as long as its state is remembered. */
  EXPIRED,
  /** The table was nearly full, and this flow could best be spared. */
  EVICTED,
  /** An operator had it forgotten. */
  REMOVED,
  /** Its server was removed from the service, whose flows do not stay in that case. */
  SERVER_REMOVED,
  /**
   * Its server is known to be unreachable or unhealthy and its service gives up such flows, or it
   * is of datagrams and the deadline of its server's drain has passed.
   */
  SERVER_FAILED,
  /**
   * A SYN began another connection on the addresses and ports of one that was closing or can come
   * to nothing, or an INIT did.
   */
  REUSED
}
