package io.dsr.core.membership;

import io.dsr.core.FlowRemoval;
import io.dsr.core.Health;
import java.util.OptionalInt;

/**
 * All that bears on a server's new flows besides its configuration. Each part has one source, and
 * none overwrites another: a reload leaves all of it as it was.
 *
 * @param administrative what an operator wants of it
 * @param reachability what its link layer last told
 * @param health what a health check last told
 * @param overloaded whether it has reached its upper threshold and is not yet relieved
 * @param tierOpen whether servers of its tier take flows now
 * @param override the weight that an operator gave it in place of the configured one
 * @param removalPolicy what becomes of its live flows: {@link Slots#KEEP}, always so while it is
 *     not removed, {@link Slots#MOVE} or {@link Slots#EXPIRE}
 * @param drainOver whether it drains and the deadline has passed: flows of datagrams move
 */
public record Condition(
    AdministrativeState administrative,
    Reachability reachability,
    Health health,
    boolean overloaded,
    boolean tierOpen,
    OptionalInt override,
    int removalPolicy,
    boolean drainOver) {

  /** Creates the condition of a server whose drain, if it drains, goes on. */
  Condition(
      AdministrativeState administrative,
      Reachability reachability,
      Health health,
      boolean overloaded,
      boolean tierOpen,
      OptionalInt override,
      int removalPolicy) {
    this(
        administrative,
        reachability,
        health,
        overloaded,
        tierOpen,
        override,
        removalPolicy,
        /* drainOver= */ false);
  }

  /** Returns the condition of a server that has just come. */
  static Condition arriving(Reachability reachability) {
    return new Condition(
        AdministrativeState.UP,
        reachability,
        Health.UNKNOWN,
        /* overloaded= */ false,
        /* tierOpen= */ true,
        OptionalInt.empty(),
        Slots.KEEP);
  }

  /** Returns whether it has been taken out of its service. */
  public boolean isRemoved() {
    return administrative == AdministrativeState.REMOVED;
  }

  /** Returns whether it is known to answer nobody: it is unreachable or unhealthy. */
  public boolean isFailed() {
    return reachability == Reachability.UNREACHABLE || health.state() == Health.State.DOWN;
  }

  /**
   * Returns whether a client that persistence remembers may stay with it though it takes no new
   * flows: while it drains, has weight 0, is overloaded or stands by, but not once it has been
   * removed, is silent or is unhealthy.
   */
  public boolean keepsClients() {
    return !isRemoved()
        && reachability == Reachability.REACHABLE
        && health.state() != Health.State.DOWN;
  }

  /** Returns the same for a client's flows of datagrams, which move at the deadline of a drain. */
  public boolean keepsDatagrams() {
    return keepsClients() && !drainOver;
  }

  /**
   * Returns the condition once it has been taken out: what an operator or a health check said of it
   * ends here, so it starts again should it come back.
   */
  Condition removed(FlowRemoval flows) {
    return new Condition(
        AdministrativeState.REMOVED,
        reachability,
        Health.UNKNOWN,
        overloaded,
        tierOpen,
        OptionalInt.empty(),
        Slots.removalPolicy(flows));
  }

  /** Returns the condition of a server that is named again: up if it had been removed. */
  Condition named() {
    return isRemoved() ? administrative(AdministrativeState.UP) : this;
  }

  Condition administrative(AdministrativeState now) {
    return new Condition(now, reachability, health, overloaded, tierOpen, override, Slots.KEEP);
  }

  /** Returns the condition of a draining server once the deadline has passed. */
  Condition drained() {
    return new Condition(
        administrative,
        reachability,
        health,
        overloaded,
        tierOpen,
        override,
        removalPolicy,
        administrative == AdministrativeState.DRAINING);
  }

  Condition reachability(Reachability now) {
    return new Condition(
        administrative, now, health, overloaded, tierOpen, override, removalPolicy, drainOver);
  }

  Condition health(Health now) {
    return new Condition(
        administrative,
        reachability,
        now,
        overloaded,
        tierOpen,
        override,
        removalPolicy,
        drainOver);
  }

  Condition overloaded(boolean now) {
    return new Condition(
        administrative, reachability, health, now, tierOpen, override, removalPolicy, drainOver);
  }

  Condition tierOpen(boolean now) {
    return new Condition(
        administrative, reachability, health, overloaded, now, override, removalPolicy, drainOver);
  }

  Condition override(OptionalInt now) {
    return new Condition(
        administrative, reachability, health, overloaded, tierOpen, now, removalPolicy, drainOver);
  }
}
