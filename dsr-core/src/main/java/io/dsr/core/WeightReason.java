package io.dsr.core;

import java.util.Locale;

/**
 * Why a real server has the effective weight that it has. All but the last two hold it at 0.
 *
 * <p>If several apply, the first in this order is reported, with one exception: a weight that was
 * set to 0 is reported before {@link #OVERLOADED} or {@link #STANDBY_TIER}, which end by
 * themselves.
 */
public enum WeightReason {
  /**
   * It was removed from its service, or its service was removed: its live flows continue until they
   * end.
   */
  REMOVED,
  /** It is draining: no new flows until it is undrained or removed. */
  DRAINING,
  /** It has not answered ARP or neighbor discovery yet: there is no MAC address to send to. */
  UNRESOLVED,
  /** It no longer answers ARP or neighbor discovery. */
  UNREACHABLE,
  /** A health check says that it is down. */
  UNHEALTHY,
  /** It reached its upper threshold of connections and has not fallen below the lower one since. */
  OVERLOADED,
  /** Its tier is on standby while lower tiers have enough servers. */
  STANDBY_TIER,
  /** Its weight is an operator's override. */
  OVERRIDDEN,
  /** Its weight is the configured one. */
  CONFIGURED;

  /** Returns the reason as commands and messages show it: {@code standby-tier}. */
  public String text() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
