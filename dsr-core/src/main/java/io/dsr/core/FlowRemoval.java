package io.dsr.core;

/**
 * What becomes of the live flows of a real server that is removed from its service, or whose
 * service is removed while another one holds the VIP.
 */
public enum FlowRemoval {
  /** They continue until they end; new flows go to other servers. */
  KEEP,
  /** The next frame of each is placed again, by hash or by the scheduler, and goes there. */
  MOVE,
  /**
   * Each is forgotten with its next frame, which is dropped; what comes after it is placed again.
   * As IPVS does with {@code expire_nodest_conn}.
   */
  EXPIRE
}
