package io.dsr.core.membership;

import io.dsr.core.FlowRemoval;
import io.dsr.core.RealServer;
import java.net.InetAddress;

/**
 * A real server in its place within one service.
 *
 * @param server the server as the operator gave it
 * @param slot its number, from its arrival until its last flow has gone
 * @param generation tells this holder of the slot from those before and after it
 * @param administrative what the operator wants of it
 * @param reachability what its link layer last told
 * @param overloaded whether it is at its upper threshold
 * @param tierOpen whether servers of its tier are asked
 * @param sinceNanos the reading of the clock when it last became able to take flows
 * @param removal what becomes of its flows when it is removed
 */
public record Member(
    RealServer server,
    int slot,
    int generation,
    AdministrativeState administrative,
    Reachability reachability,
    boolean overloaded,
    boolean tierOpen,
    long sinceNanos,
    FlowRemoval removal) {

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
    return EffectiveWeight.of(server.weight(), administrative, reachability, overloaded, tierOpen);
  }

  /** Returns whether it could take a flow, were its tier open. */
  boolean isAble() {
    return EffectiveWeight.of(server.weight(), administrative, reachability, overloaded, true) > 0;
  }

  /** Returns whether the operator has taken it out. */
  public boolean isRemoved() {
    return administrative == AdministrativeState.REMOVED;
  }

  /** Returns what becomes of its flows now, one of the codes of {@link Slots}. */
  public int fate() {
    if (!isRemoved()) {
      return Slots.KEEP;
    }
    return switch (removal) {
      case KEEP -> Slots.KEEP;
      case MOVE -> Slots.MOVE;
      case EXPIRE -> Slots.EXPIRE;
    };
  }

  /** Returns why the effective weight is 0 though the configured one may not be, or nothing. */
  public String reason() {
    if (isRemoved()) {
      return "removed";
    }
    if (server.weight() == 0) {
      return "draining";
    }
    if (reachability != Reachability.REACHABLE) {
      return reachability == Reachability.UNRESOLVED ? "unresolved" : "unreachable";
    }
    if (overloaded) {
      return "overloaded";
    }
    if (tierOpen) {
      return "";
    }
    return server.tier() == RealServer.SORRY_TIER
        ? "sorry server stands by"
        : "tier " + server.tier() + " stands by";
  }

  Member configured(RealServer now, FlowRemoval rule) {
    return new Member(
        now,
        slot,
        generation,
        AdministrativeState.UP,
        reachability,
        overloaded && now.upperThreshold() > 0,
        tierOpen,
        sinceNanos,
        rule);
  }

  Member removed(FlowRemoval rule) {
    return new Member(
        server,
        slot,
        generation,
        AdministrativeState.REMOVED,
        reachability,
        overloaded,
        tierOpen,
        sinceNanos,
        rule);
  }

  Member reachability(Reachability now) {
    return new Member(
        server, slot, generation, administrative, now, overloaded, tierOpen, sinceNanos, removal);
  }

  Member overloaded(boolean now) {
    return new Member(
        server, slot, generation, administrative, reachability, now, tierOpen, sinceNanos, removal);
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
        sinceNanos,
        removal);
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
        nanos,
        removal);
  }
}
