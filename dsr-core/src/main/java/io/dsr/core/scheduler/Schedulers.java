package io.dsr.core.scheduler;

import static java.util.Objects.requireNonNull;

import io.dsr.core.Scheduler;
import io.dsr.core.SchedulerProvider;
import io.dsr.core.SchedulerSpec;
import java.util.List;
import java.util.Optional;

/**
 * All schedulers. Each is an immutable value that any number of services may share; its {@code
 * toString} is what {@code ipvsadm} would print.
 */
public final class Schedulers {

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

  /**
   * Returns the scheduler that takes the servers in turn, the heavier ones more often, and mixes
   * their turns evenly: weights 5, 1 and 1 give {@code AABACAA}. A pick takes time by the number of
   * servers. Each event loop starts at the beginning of the sequence and is exact for itself.
   */
  public static Scheduler smoothRoundRobin() {
    return SmoothRoundRobin.INSTANCE;
  }

  /** Returns the scheduler that takes a server at random, with chances by weight. */
  public static Scheduler random() {
    return WeightedRandom.INSTANCE;
  }

  /**
   * Returns the scheduler that draws two servers at random, with chances by weight, and takes the
   * one with fewer connections for its weight.
   */
  public static Scheduler powerOfTwo() {
    return PowerOfTwo.INSTANCE;
  }

  /** Returns the scheduler that takes the server with the fewest connections. */
  public static Scheduler leastConnections() {
    return LeastConnections.INSTANCE;
  }

  /** Returns the scheduler that takes the server with the fewest connections for its weight. */
  public static Scheduler weightedLeastConnections() {
    return WeightedLeastConnections.INSTANCE;
  }

  /**
   * Returns the scheduler that takes the server with the fewest active connections for its weight,
   * the new one counted.
   */
  public static Scheduler shortestExpectedDelay() {
    return ShortestExpectedDelay.INSTANCE;
  }

  /**
   * Returns the scheduler that takes a server without active connections, and where there is none
   * the one with the fewest for its weight.
   */
  public static Scheduler neverQueue() {
    return NeverQueue.INSTANCE;
  }

  /** Returns the scheduler that takes the server of the greatest weight; the others stand by. */
  public static Scheduler failover() {
    return Failover.INSTANCE;
  }

  /**
   * Returns the scheduler that takes the server of the greatest weight that has no more active
   * connections than its weight on this event loop; where none is left, flows are refused.
   */
  public static Scheduler overflow() {
    return Overflow.INSTANCE;
  }

  /** Returns {@link #localityLeastConnections(LocalityOptions)} within the bounds of IPVS. */
  public static Scheduler localityLeastConnections() {
    return localityLeastConnections(LocalityOptions.DEFAULT);
  }

  /**
   * Returns the scheduler that sends all flows to one destination address to one server, until that
   * has more than its share. It forgets all when the servers change.
   */
  public static Scheduler localityLeastConnections(LocalityOptions options) {
    return new LocalityLeastConnections(requireNonNull(options, "options"));
  }

  /** Returns {@link #replicatedLocality(LocalityOptions)} within the bounds of IPVS. */
  public static Scheduler replicatedLocality() {
    return replicatedLocality(LocalityOptions.DEFAULT);
  }

  /**
   * Returns the scheduler that sends all flows to one destination address to a set of servers that
   * grows and shrinks with the load. It forgets all when the servers change.
   */
  public static Scheduler replicatedLocality(LocalityOptions options) {
    return new ReplicatedLocality(requireNonNull(options, "options"));
  }

  /**
   * Returns the scheduler that gives a destination address the same server each time, while the
   * list of servers and their weights stay.
   */
  public static Scheduler destinationHash() {
    return DestinationHash.INSTANCE;
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

  /** Returns {@link #rendezvous(RendezvousOptions)} by address alone. */
  public static Scheduler rendezvous() {
    return rendezvous(RendezvousOptions.DEFAULT);
  }

  /**
   * Returns the scheduler that gives a client the same server each time, on each balancer of a
   * fleet, and moves no clients but those of the server that came or went. A pick takes time by the
   * number of servers; {@link #maglev()} is for many.
   */
  public static Scheduler rendezvous(RendezvousOptions options) {
    return new Rendezvous(requireNonNull(options, "options"));
  }

  /** Returns {@link #boundedLoad(Scheduler, double)} with a factor of 1.25. */
  public static Scheduler boundedLoad(Scheduler scheduler) {
    return boundedLoad(scheduler, BoundedLoad.DEFAULT_FACTOR);
  }

  /**
   * Returns a scheduler that places flows as {@code scheduler} does, but passes over servers that
   * have {@code factor} times their share of the active flows on this event loop.
   *
   * @param scheduler one of {@link #maglev} or {@link #rendezvous}
   * @param factor above 1, at most 100
   * @throws IllegalArgumentException if either is another
   */
  public static Scheduler boundedLoad(Scheduler scheduler, double factor) {
    if (requireNonNull(scheduler, "scheduler") instanceof Preferring preferring) {
      return new BoundedLoad(preferring, factor);
    }
    throw new IllegalArgumentException("scheduler: " + scheduler + " (expected: mh or hrw)");
  }

  /** Returns {@link #slowStart(Scheduler, SlowStart)} in a straight line, for a minute. */
  public static Scheduler slowStart(Scheduler scheduler) {
    return slowStart(scheduler, SlowStart.DEFAULT);
  }

  /**
   * Returns a scheduler that places flows as {@code scheduler}, any one, does, but gives a server
   * that has just become able to take flows only a part of its share, and more and more.
   */
  public static Scheduler slowStart(Scheduler scheduler, SlowStart options) {
    return new SlowStarting(
        requireNonNull(scheduler, "scheduler"), requireNonNull(options, "options"));
  }

  /**
   * Returns the scheduler for frames in the middle of an unknown flow: Maglev over the flow's
   * addresses, ports and protocol, so that each balancer of a fleet finds the same server whatever
   * schedules the flow's beginning. Its table has the smallest permitted size of at least a hundred
   * entries for each server.
   */
  public static Scheduler midFlow() {
    return MidFlow.INSTANCE;
  }

  /**
   * Returns the scheduler that IPVS calls {@code name}, as its factory method without arguments
   * makes it, or that which a {@link SchedulerProvider} makes without flags, or nothing for a name
   * that is not in {@link #names()}.
   *
   * <p>So {@code sh} and {@code mh} fall back here; those of {@code ipvsadm} do only if told to.
   *
   * @throws IllegalArgumentException if two providers have this name
   * @throws java.util.ServiceConfigurationError if a provider cannot be loaded
   */
  public static Optional<Scheduler> named(String name) {
    return NamedSchedulers.find(requireNonNull(name, "name"));
  }

  /**
   * Returns the scheduler that {@code ipvsadm} would make with {@code -s name -b flags}, or that
   * which a {@link SchedulerProvider} makes. Of the built-in ones {@code sh} and {@code mh} have a
   * {@code -port} and a {@code -fallback} flag, {@code mh-bounded} those of {@code mh}, {@code hrw}
   * and {@code hrw-bounded} the flag {@code hrw-port}.
   *
   * @throws IllegalArgumentException if the name or a flag is unknown; it lists those known
   * @throws java.util.ServiceConfigurationError if a provider cannot be loaded
   */
  public static Scheduler named(String name, List<String> flags) {
    return NamedSchedulers.make(requireNonNull(name, "name"), List.copyOf(flags));
  }

  /**
   * Returns the scheduler that a spec is of: for each built-in scheduler {@code s} that has one, an
   * equal one for {@code s.spec()}. To a {@link SchedulerProvider} the options go as flags, those
   * with a value as {@code option=value}.
   *
   * <p>Besides those of {@link #named(String, List)}, {@code mh} and {@code mh-bounded} know {@code
   * tableSize}, {@code mh-bounded} and {@code hrw-bounded} {@code factor}, {@code lblc} and {@code
   * lblcr} {@code destinations} and {@code expiration}, and all {@code slowStart}: see {@link
   * SlowStart#parse}.
   *
   * @throws IllegalArgumentException if the name or an option is unknown, or a value out of range
   * @throws java.util.ServiceConfigurationError if a provider cannot be loaded
   */
  public static Scheduler of(SchedulerSpec spec) {
    return NamedSchedulers.of(requireNonNull(spec, "spec"));
  }

  /**
   * Returns the flags that the built-in scheduler of this name has, in the order of their
   * documentation; nothing if no built-in one has the name.
   */
  public static Optional<List<String>> flags(String name) {
    return NamedSchedulers.flags(requireNonNull(name, "name"));
  }

  /** Returns the names that {@link #named} knows: the built-in ones, then those of providers. */
  public static List<String> names() {
    return NamedSchedulers.names();
  }

  /**
   * Returns the flag that a scheduler lacks to give another server to a client whose own server
   * cannot take new flows; empty if it does so, or is none of ours. Without the flag {@code sh} and
   * {@code mh} drop the new flows of such clients, as IPVS does.
   */
  public static Optional<String> missingFallback(Scheduler scheduler) {
    return scheduler
        .spec()
        .filter(spec -> spec.name().equals("sh") || spec.name().equals("mh"))
        .map(spec -> spec.flags().contains(spec.name() + "-fallback") ? "" : spec.name())
        .filter(name -> !name.isEmpty())
        .map(name -> name + "-fallback");
  }
}
