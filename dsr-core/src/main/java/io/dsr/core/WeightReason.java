package io.dsr.core;

import java.util.Locale;

/**
 * Why a real server has the effective weight that it has. All but the last two hold it at 0.
 *
 * <p>Of several reasons, the first in this order is told. There is one exception: where the weight
 * is 0 because somebody set it so, that is told rather than {@link #OVERLOADED} or {@link
 * #STANDBY_TIER}, which pass by themselves.
 */
public enum WeightReason {
  /** It was taken out of its service, or its service was: its live flows go on until they end. */
  REMOVED,
  /** An operator drains it: no new flows until it is undrained or removed. */
  DRAINING,
  /** It has not answered ARP or neighbor discovery yet: there is no MAC address to send to. */
  UNRESOLVED,
  /** It has stopped answering ARP or neighbor discovery. */
  UNREACHABLE,
  /** A health check says that it is down. */
  UNHEALTHY,
  /** It has reached its upper threshold of connections and is not relieved yet. */
  OVERLOADED,
  /** Its tier stands by while lower tiers have servers enough. */
  STANDBY_TIER,
  /** Its weight is the one that an operator set in place of the configured one. */
  OVERRIDDEN,
  /** Its weight is the configured one. */
  CONFIGURED;

  /** Returns the reason as commands and messages show it: {@code standby-tier}. */
  public String text() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
