package io.dsr.core.membership;

import io.dsr.core.RealServer;
import java.net.InetAddress;

/**
 * A real server in its place within one service.
 *
 * @param server as the operator gave it: address, weight, tier, thresholds, VLAN
 * @param slot its number, from its arrival until its last flow has gone
 * @param generation tells this holder of the slot from those before and after it
 * @param administrative what the operator wants of it
 * @param reachability what its link layer last told
 * @param overloaded whether it has reached its upper threshold and not yet been relieved
 * @param tierOpen whether servers of its tier take flows now
 * @param removalPolicy what becomes of its live flows: {@link Slots#KEEP}, always so while it is
 *     not removed, {@link Slots#MOVE} or {@link Slots#EXPIRE}
 * @param sinceNanos the clock reading when it last became able to take flows, its effective weight
 *     going from 0 to above; that of its arrival if it never did
 */
public record Member(
    RealServer server,
    int slot,
    int generation,
    AdministrativeState administrative,
    Reachability reachability,
    boolean overloaded,
    boolean tierOpen,
    int removalPolicy,
    long sinceNanos) {

  /** Returns the server's own address. */
  public InetAddress address() {
    return server.address();
  }

  /** Returns the weight that the operator gave it. */
  public int configuredWeight() {
    return server.weight();
  }

  /** Returns the weight that schedulers see. */
  public int effectiveWeight() {
    return EffectiveWeight.of(
        configuredWeight(), administrative, reachability, overloaded, tierOpen);
  }

  /** Returns whether the operator has taken it out. */
  public boolean isRemoved() {
    return administrative == AdministrativeState.REMOVED;
  }

  /**
   * Returns in words why it takes no new flow, empty if it does. Of several reasons, it is the one
   * that would have to go first: what the operator wants, then the link layer, load and tier.
   */
  public String reason() {
    if (isRemoved()) {
      return "removed";
    }
    if (configuredWeight() == 0) {
      return "draining";
    }
    return switch (reachability) {
      case UNRESOLVED -> "unresolved";
      case UNREACHABLE -> "unreachable";
      case REACHABLE ->
          overloaded ? "overloaded" : tierOpen ? "" : "tier " + server.tier() + " stands by";
    };
  }

  /** Returns whether it would take flows if its tier were open. */
  boolean isAble() {
    return EffectiveWeight.of(configuredWeight(), administrative, reachability, overloaded, true)
        > 0;
  }

  /** Returns the member as an operator wants it now: up, whatever it was. */
  Member configured(RealServer wanted) {
    return new Member(
        wanted,
        slot,
        generation,
        AdministrativeState.UP,
        reachability,
        overloaded && wanted.upperThreshold() > 0,
        tierOpen,
        Slots.KEEP,
        sinceNanos);
  }

  Member removed(int flows) {
    return new Member(
        server,
        slot,
        generation,
        AdministrativeState.REMOVED,
        reachability,
        overloaded,
        tierOpen,
        flows,
        sinceNanos);
  }

  Member reachability(Reachability now) {
    return new Member(
        server,
        slot,
        generation,
        administrative,
        now,
        overloaded,
        tierOpen,
        removalPolicy,
        sinceNanos);
  }

  Member overloaded(boolean now) {
    return new Member(
        server,
        slot,
        generation,
        administrative,
        reachability,
        now,
        tierOpen,
        removalPolicy,
        sinceNanos);
  }

  Member tierOpen(boolean now) {
    return new Member(
        server,
        slot,
        generation,
        administrative,
        reachability,
        overloaded,
        now,
        removalPolicy,
        sinceNanos);
  }

  Member since(long nanos) {
    return new Member(
        server,
        slot,
        generation,
        administrative,
        reachability,
        overloaded,
        tierOpen,
        removalPolicy,
        nanos);
  }
}
