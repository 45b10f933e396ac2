package io.dsr.core.scheduler;

import static java.util.Objects.requireNonNull;

import io.dsr.core.Scheduler;
import java.util.List;
import java.util.Optional;

/**
 * All schedulers. Each is an immutable value that any number of services may share; its {@code
 * toString} is what {@code ipvsadm} would print.
 */
public final class Schedulers {

  private static final List<String> NAMES = List.of("rr", "wrr", "lc", "wlc", "sh", "mh");

  private Schedulers() {}

  /**
   * Returns the scheduler that takes the servers in turn, whatever their weights; those of weight 0
   * are left out. Each event loop starts with the first server and is exact for itself.
   */
  public static Scheduler roundRobin() {
    return RoundRobin.INSTANCE;
  }

  /**
   * Returns the scheduler that takes the servers in turn, the heavier ones more often: weights 4, 3
   * and 2 give {@code AABABCABC}. Each event loop starts at the beginning of that sequence and is
   * exact for itself.
   */
  public static Scheduler weightedRoundRobin() {
    return WeightedRoundRobin.INSTANCE;
  }

  /** Returns the scheduler that takes the server with the fewest connections. */
  public static Scheduler leastConnections() {
    return LeastConnections.INSTANCE;
  }

  /** Returns the scheduler that takes the server with the fewest connections for its weight. */
  public static Scheduler weightedLeastConnections() {
    return WeightedLeastConnections.INSTANCE;
  }

  /** Returns {@link #sourceHash(SourceHashOptions)} by address alone, with fallback. */
  public static Scheduler sourceHash() {
    return sourceHash(SourceHashOptions.DEFAULT);
  }

  /**
   * Returns the scheduler that gives a client the same server each time, while the list of servers
   * and their weights stay. Prefer {@link #maglev()} where servers come and go: here, one more or
   * one less moves most clients.
   */
  public static Scheduler sourceHash(SourceHashOptions options) {
    return new SourceHash(requireNonNull(options, "options"));
  }

  /** Returns {@link #maglev(MaglevOptions)} by address alone, with fallback and 65537 entries. */
  public static Scheduler maglev() {
    return maglev(MaglevOptions.DEFAULT);
  }

  /**
   * Returns the scheduler that gives a client the same server each time, on each balancer of a
   * fleet, and moves few clients but those of the server that came or went.
   */
  public static Scheduler maglev(MaglevOptions options) {
    return new Maglev(requireNonNull(options, "options"));
  }

  /**
   * Returns the scheduler for frames in the middle of a flow that nobody remembers: Maglev over the
   * flow's addresses, ports and protocol, so that each balancer of a fleet finds the same server
   * whatever schedules the flow's beginning. Its table has the smallest permitted size of at least
   * a hundred entries for each server.
   */
  public static Scheduler midFlow() {
    return MidFlow.INSTANCE;
  }

  /**
   * Returns the scheduler that IPVS calls {@code name}, as its factory method without arguments
   * makes it, or nothing for a name that is not in {@link #names()}.
   *
   * <p>So {@code sh} and {@code mh} fall back here; those of {@code ipvsadm} do only if told to.
   */
  public static Optional<Scheduler> named(String name) {
    return switch (requireNonNull(name, "name")) {
      case "rr" -> Optional.of(roundRobin());
      case "wrr" -> Optional.of(weightedRoundRobin());
      case "lc" -> Optional.of(leastConnections());
      case "wlc" -> Optional.of(weightedLeastConnections());
      case "sh" -> Optional.of(sourceHash());
      case "mh" -> Optional.of(maglev());
      default -> Optional.empty();
    };
  }

  /** Returns the names that {@link #named} knows. */
  public static List<String> names() {
    return NAMES;
  }
}
