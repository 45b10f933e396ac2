package io.dsr.core;

import static java.util.Objects.requireNonNull;

import java.util.Optional;

/**
 * How a virtual service treats its clients and its flows, besides scheduler and persistence.
 *
 * @param access which clients are served
 * @param tracking whether flows are remembered
 * @param timeouts how long flows are remembered
 * @param removal what becomes of the flows of a removed server
 * @param minimumServers how many servers shall be able to take flows before servers of a higher
 *     tier are left alone: 1 or more
 * @param limits what one source may do, empty for no limits
 */
public record ServiceRules(
    AccessList access,
    FlowTracking tracking,
    FlowTimeouts timeouts,
    FlowRemoval removal,
    int minimumServers,
    Optional<SourceLimits> limits) {

  /** Everybody is served, flows are remembered as IPVS does, and kept when their server goes. */
  public static final ServiceRules DEFAULT =
      new ServiceRules(
          AccessList.EVERYBODY,
          FlowTracking.TRACKED,
          FlowTimeouts.DEFAULT,
          FlowRemoval.KEEP,
          1,
          Optional.empty());

  /** Checks the ranges. */
  public ServiceRules {
    requireNonNull(access, "access");
    requireNonNull(tracking, "sessions");
    requireNonNull(timeouts, "timeouts");
    requireNonNull(removal, "removal");
    requireNonNull(limits, "limits");
    if (minimumServers < 1) {
      throw new IllegalArgumentException(
          "minimumServers: " + minimumServers + " (expected: 1 or more)");
    }
  }

  /** Returns these rules for other clients. */
  public ServiceRules access(AccessList list) {
    return new ServiceRules(list, tracking, timeouts, removal, minimumServers, limits);
  }

  /** Returns these rules with flows remembered, or not. */
  public ServiceRules tracking(FlowTracking kind) {
    return new ServiceRules(access, kind, timeouts, removal, minimumServers, limits);
  }

  /** Returns these rules with other timeouts. */
  public ServiceRules timeouts(FlowTimeouts times) {
    return new ServiceRules(access, tracking, times, removal, minimumServers, limits);
  }

  /** Returns these rules with another removal policy for the flows of a removed server. */
  public ServiceRules removal(FlowRemoval removalPolicy) {
    return new ServiceRules(access, tracking, timeouts, removalPolicy, minimumServers, limits);
  }

  /** Returns these rules with another number of servers that shall be able to take flows. */
  public ServiceRules minimumServers(int number) {
    return new ServiceRules(access, tracking, timeouts, removal, number, limits);
  }

  /** Returns these rules with limits for each source. */
  public ServiceRules limits(SourceLimits each) {
    return new ServiceRules(access, tracking, timeouts, removal, minimumServers, Optional.of(each));
  }
}
