package io.dsr.core.membership;

import io.dsr.core.FlowRemoval;
import io.dsr.core.RealServer;
import io.dsr.core.WeightReason;
import java.net.InetAddress;

/**
 * A real server in its place within one service.
 *
 * @param server as it is configured: address, weight, tier, thresholds, VLAN
 * @param slot its number, from its arrival until its last flow has gone
 * @param generation tells this holder of the slot from those before and after it
 * @param condition all else that bears on whether it takes new flows
 * @param sinceNanos the clock reading when it last became able to take flows, its effective weight
 *     going from 0 to above; that of its arrival if it never did
 */
public record Member(
    RealServer server, int slot, int generation, Condition condition, long sinceNanos) {

  /** Returns the server's own address. */
  public InetAddress address() {
    return server.address();
  }

  /** Returns the weight that its configuration gives it. */
  public int configuredWeight() {
    return server.weight();
  }

  /** Returns the weight that its operator wants it to have: the override, or the configured one. */
  public int intendedWeight() {
    return condition.override().orElse(server.weight());
  }

  /** Returns the weight that schedulers see. */
  public int effectiveWeight() {
    return EffectiveWeight.of(server.weight(), condition).weight();
  }

  /** Returns why the effective weight is what it is. */
  public WeightReason reason() {
    return EffectiveWeight.of(server.weight(), condition).reason();
  }

  /** Returns whether it has been taken out of its service. */
  public boolean isRemoved() {
    return condition.isRemoved();
  }

  /** Returns whether it would take flows if its tier were open. */
  boolean isAble() {
    return EffectiveWeight.of(server.weight(), condition.tierOpen(true)).weight() > 0;
  }

  /**
   * Returns the member as it is configured now, its condition as it was: but that of one that had
   * been removed starts again, and a server without thresholds cannot be overloaded.
   */
  Member configured(RealServer wanted) {
    Condition now = condition.named();
    return new Member(
        wanted,
        slot,
        generation,
        now.overloaded() && wanted.upperThreshold() == 0 ? now.overloaded(false) : now,
        sinceNanos);
  }

  Member removed(FlowRemoval flows) {
    return with(condition.removed(flows));
  }

  Member with(Condition now) {
    return new Member(server, slot, generation, now, sinceNanos);
  }

  Member since(long nanos) {
    return new Member(server, slot, generation, condition, nanos);
  }
}
