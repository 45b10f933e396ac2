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
 * @param minimumServers how many servers must be able to take flows before higher tiers stay
 *     unused: 1 or more
 * @param limits what one source may do, empty for no limits
 */
@CheckReturnValue
public record ServiceRules(
    AccessList access,
    FlowTracking tracking,
    FlowTimeouts timeouts,
    FlowRemoval removal,
    int minimumServers,
    Optional<SourceLimits> limits) {

  /**
   * Serves every client, tracks flows with the timeouts of IPVS, and keeps the flows of removed
   * servers.
   */
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

  /** Returns a builder that has the settings of {@link #DEFAULT}. */
  public static Builder builder() {
    return new Builder();
  }

  /** Returns a builder that has these settings. */
  public Builder toBuilder() {
    Builder builder =
        builder()
            .access(access)
            .tracking(tracking)
            .timeouts(timeouts)
            .removal(removal)
            .minimumServers(minimumServers);
    builder.limits = limits;
    return builder;
  }

  /** Returns these rules for other clients. */
  public ServiceRules access(AccessList list) {
    return toBuilder().access(list).build();
  }

  /** Returns these rules with another flow tracking. */
  public ServiceRules tracking(FlowTracking kind) {
    return toBuilder().tracking(kind).build();
  }

  /** Returns these rules with other timeouts. */
  public ServiceRules timeouts(FlowTimeouts times) {
    return toBuilder().timeouts(times).build();
  }

  /** Returns these rules with another policy for the flows of a removed server. */
  public ServiceRules removal(FlowRemoval removalPolicy) {
    return toBuilder().removal(removalPolicy).build();
  }

  /** Returns these rules with another minimum number of servers. */
  public ServiceRules minimumServers(int number) {
    return toBuilder().minimumServers(number).build();
  }

  /** Returns these rules with limits for each source. */
  public ServiceRules limits(SourceLimits each) {
    return toBuilder().limits(each).build();
  }

  /** Builds {@link ServiceRules}. Not for several threads at once. */
  @CanIgnoreReturnValue
  public static final class Builder {

    private AccessList access = DEFAULT.access;
    private FlowTracking tracking = DEFAULT.tracking;
    private FlowTimeouts timeouts = DEFAULT.timeouts;
    private FlowRemoval removal = DEFAULT.removal;
    private int minimumServers = DEFAULT.minimumServers;
    private Optional<SourceLimits> limits = DEFAULT.limits;

    private Builder() {}

    /** Sets which clients are served; by default everybody is. */
    public Builder access(AccessList list) {
      this.access = requireNonNull(list, "access");
      return this;
    }

    /** Sets whether flows are remembered; by default they are. */
    public Builder tracking(FlowTracking kind) {
      this.tracking = requireNonNull(kind, "tracking");
      return this;
    }

    /** Sets how long flows are remembered; the default is what IPVS does. */
    public Builder timeouts(FlowTimeouts times) {
      this.timeouts = requireNonNull(times, "timeouts");
      return this;
    }

    /** Sets what becomes of the flows of a removed server; by default they are kept. */
    public Builder removal(FlowRemoval policy) {
      this.removal = requireNonNull(policy, "removal");
      return this;
    }

    /**
     * Sets how many servers must be able to take flows before higher tiers stay unused: 1, the
     * default, or more.
     */
    public Builder minimumServers(int number) {
      this.minimumServers = number;
      return this;
    }

    /** Sets what one source may do; by default there are no limits. */
    public Builder limits(SourceLimits each) {
      this.limits = Optional.of(each);
      return this;
    }

    /**
     * Builds it.
     *
     * @throws IllegalArgumentException if a setting is out of the range that the record names
     */
    @CheckReturnValue
    public ServiceRules build() {
      return new ServiceRules(access, tracking, timeouts, removal, minimumServers, limits);
    }
  }
}
