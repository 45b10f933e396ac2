package io.dsr.core.control;

import io.dsr.core.BalancerStatistics.Traffic;
import io.dsr.core.ServiceKey;
import java.util.Map;

/**
 * What was counted for those who are in force no more.
 *
 * @param traffic of members that have gone, by the service that they served
 * @param refusals by persistence that services have no more
 */
public record Departed(Map<ServiceKey, Traffic> traffic, long refusals) {

  /** Nobody has gone yet. */
  static final Departed NONE = new Departed(Map.of(), 0);

  /** Copies the map. */
  public Departed {
    traffic = Map.copyOf(traffic);
  }
}
