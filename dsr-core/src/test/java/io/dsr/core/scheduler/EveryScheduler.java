package io.dsr.core.scheduler;

import io.dsr.core.Scheduler;
import java.util.List;
import java.util.stream.Stream;

/** All schedulers, with small tables. */
final class EveryScheduler {

  private static final MaglevOptions SMALL = MaglevOptions.DEFAULT.tableSize(251);
  private static final LocalityOptions FEW = LocalityOptions.DEFAULT.destinations(64);

  private EveryScheduler() {}

  /** Returns the plain ones, and each of them under a slow start. */
  static List<Scheduler> all() {
    return Stream.concat(plain().stream(), plain().stream().map(Schedulers::slowStart)).toList();
  }

  /** Returns those that are not made of others, and the bounded ones. */
  static List<Scheduler> plain() {
    return List.of(
        Schedulers.roundRobin(),
        Schedulers.weightedRoundRobin(),
        Schedulers.smoothRoundRobin(),
        Schedulers.random(),
        Schedulers.powerOfTwo(),
        Schedulers.leastConnections(),
        Schedulers.weightedLeastConnections(),
        Schedulers.shortestExpectedDelay(),
        Schedulers.neverQueue(),
        Schedulers.failover(),
        Schedulers.overflow(),
        Schedulers.localityLeastConnections(FEW),
        Schedulers.replicatedLocality(FEW),
        Schedulers.destinationHash(),
        Schedulers.sourceHash(),
        Schedulers.sourceHash(new SourceHashOptions(false, false)),
        Schedulers.maglev(SMALL),
        Schedulers.maglev(SMALL.fallback(false)),
        Schedulers.rendezvous(),
        Schedulers.rendezvous(new RendezvousOptions(true)),
        Schedulers.boundedLoad(Schedulers.maglev(SMALL)),
        Schedulers.boundedLoad(Schedulers.maglev(SMALL.fallback(false)), 1.01),
        Schedulers.boundedLoad(Schedulers.rendezvous(), 2),
        Schedulers.midFlow());
  }
}
