package io.dsr.core.membership;

import io.dsr.core.Health;
import io.dsr.core.WeightReason;

/**
 * The weight that schedulers see, and why: a pure function of what is configured and the {@link
 * Condition}.
 *
 * <p>The first of these that holds decides:
 *
 * <ol>
 *   <li>removed: 0
 *   <li>draining: 0
 *   <li>not resolved, or not reachable: 0. This comes before health, as a check of a server that
 *       cannot be reached fails too, and says less
 *   <li>health down: 0; a health that nobody knows counts as up
 *   <li>an override of 0, or without an override a configured weight of 0: somebody's decision, so
 *       it comes before what passes by itself
 *   <li>overloaded: 0
 *   <li>its tier stands by: 0
 *   <li>the override, if there is one
 *   <li>the configured weight
 * </ol>
 *
 * @param weight what schedulers see, 0 to 65535
 * @param reason why
 */
public record EffectiveWeight(int weight, WeightReason reason) {

  /**
   * Returns the weight of a server.
   *
   * @param configured the weight that its configuration gives it, 0 to 65535
   * @param condition all else that bears on it
   */
  public static EffectiveWeight of(int configured, Condition condition) {
    int weight = condition.override().orElse(configured);
    WeightReason reason = reason(weight, condition);
    boolean may = reason == WeightReason.OVERRIDDEN || reason == WeightReason.CONFIGURED;
    return new EffectiveWeight(may ? weight : 0, reason);
  }

  private static WeightReason reason(int weight, Condition condition) {
    return switch (condition.administrative()) {
      case REMOVED -> WeightReason.REMOVED;
      case DRAINING -> WeightReason.DRAINING;
      case UP ->
          switch (condition.reachability()) {
            case UNRESOLVED -> WeightReason.UNRESOLVED;
            case UNREACHABLE -> WeightReason.UNREACHABLE;
            case REACHABLE -> reasonOfReachable(weight, condition);
          };
    };
  }

  private static WeightReason reasonOfReachable(int weight, Condition condition) {
    if (condition.health().state() == Health.State.DOWN) {
      return WeightReason.UNHEALTHY;
    }
    if (weight > 0 && condition.overloaded()) {
      return WeightReason.OVERLOADED;
    }
    if (weight > 0 && !condition.tierOpen()) {
      return WeightReason.STANDBY_TIER;
    }
    return condition.override().isPresent() ? WeightReason.OVERRIDDEN : WeightReason.CONFIGURED;
  }
}
