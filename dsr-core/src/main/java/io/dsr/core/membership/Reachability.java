package io.dsr.core.membership;

/** What ARP or neighbor discovery last told of a real server. */
public enum Reachability {
  /** It has not answered yet: there is no MAC address to send to. */
  UNRESOLVED,
  /** It has answered, and any probe since is not yet overdue. */
  REACHABLE,
  /**
   * It has been silent for too long; its last MAC address, if it had one, serves live flows only.
   */
  UNREACHABLE
}
