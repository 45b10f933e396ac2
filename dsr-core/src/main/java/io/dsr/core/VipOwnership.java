package io.dsr.core;

/** How a balancer gets the frames for its VIPs. */
public enum VipOwnership {

  /** It owns its VIPs from the start: it answers ARP and neighbor discovery, and announces. */
  OWN,

  /**
   * It stands by: it holds all services, but answers nothing, announces nothing and drops every
   * frame for a VIP ({@link Verdict#DROP_STANDBY}), until it is told to own them.
   */
  STANDBY,

  /**
   * A router sends it the frames for its VIPs: it forwards them and answers echo requests, but
   * never ARP or neighbor discovery for a VIP, and announces none.
   */
  NONE
}
