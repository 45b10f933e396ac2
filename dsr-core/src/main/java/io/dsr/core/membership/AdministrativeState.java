package io.dsr.core.membership;

/** What an operator wants of a real server. */
public enum AdministrativeState {
  /** In its service: it may take new flows, as far as its weight allows. */
  UP,
  /** In its service, but it takes no new flows until it is undrained or removed. */
  DRAINING,
  /** Taken out of its service, or its service is gone: its live flows go on until they end. */
  REMOVED
}
