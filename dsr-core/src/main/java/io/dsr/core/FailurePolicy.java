package io.dsr.core;

/**
 * What becomes of the live flows of a real server that is known to be unreachable or unhealthy. A
 * new connection begins anew under each of them: its SYN or INIT is placed, and goes where that
 * says.
 */
public enum FailurePolicy {
  /** They stay with their server, so that they go on if it comes back. */
  KEEP,
  /** The next frame of each is placed again, by hash or by the scheduler, and goes there. */
  MOVE,
  /**
   * Each is forgotten with its next frame, which is dropped; what comes after it is placed again.
   */
  EXPIRE
}
