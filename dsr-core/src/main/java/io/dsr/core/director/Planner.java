package io.dsr.core.director;

import io.dsr.core.HashKey;
import io.dsr.core.Persistence;
import io.dsr.core.Picker;
import io.dsr.core.Scheduler;
import io.dsr.core.Servers;
import io.dsr.core.SourceLimits;
import io.dsr.core.Ticker;
import io.dsr.core.VirtualService;
import io.dsr.core.defence.SourceTable;
import io.dsr.core.membership.LoadWatch;
import io.dsr.core.membership.Membership;
import io.dsr.core.membership.ServiceMembers;
import io.dsr.core.persistence.PersistenceTable;
import io.dsr.core.persistence.Pins;
import io.dsr.core.scheduler.Schedulers;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Makes the plan of one event loop from the membership, and keeps what a change does not touch: the
 * pickers of a service whose servers are as they were, the persistence table of one whose policy
 * is.
 *
 * <p>Control thread.
 */
public final class Planner {

  private static final Scheduler DEFAULT = Schedulers.weightedLeastConnections();
  private static final Scheduler MID_FLOW = Schedulers.midFlow();
  private static final int SOURCES = 65_536;

  private final LoadWatch load;
  private final HashKey hashKey;
  private final HashKey tableKey = HashKey.random();
  private final Ticker ticker;
  private final int maximumClients;

  /**
   * Creates a planner.
   *
   * @param load what the event loop counts
   * @param hashKey the key of placement hashes
   * @param ticker the clock of persistence
   * @param maximumClients how many clients the persistence of one service remembers at most
   */
  @SuppressWarnings("exports") // made by our own modules alone
  public Planner(LoadWatch load, HashKey hashKey, Ticker ticker, int maximumClients) {
    this.load = load;
    this.hashKey = hashKey;
    this.ticker = ticker;
    this.maximumClients = maximumClients;
  }

  /**
   * Returns the plan for {@code membership}, made with as much of {@code before} as still holds.
   *
   * @throws IllegalArgumentException if a service's scheduler fails to make a picker, with its own
   *     exception as the cause, or a pin names a server that the service does not have
   */
  @SuppressWarnings("exports") // called by our own modules alone
  public Plan plan(Membership membership, Plan before) {
    List<PlannedService> planned = new ArrayList<>();
    for (ServiceMembers members : membership.services()) {
      if (!members.removed()) {
        planned.add(plan(members, before.service(members.service().key())));
      }
    }
    return new Plan(planned, membership.vipPrefixes());
  }

  private PlannedService plan(ServiceMembers members, @Nullable PlannedService before) {
    VirtualService service = members.service();
    Pins.check(service);
    var memory =
        new PlannedService.Memory(
            persistence(service.persistence(), before),
            sources(service.rules().limits(), before),
            AccessRules.of(service.rules().access()));
    if (before != null
        && before.members().service().scheduler().equals(service.scheduler())
        && serving(before.members()).equals(serving(members))) {
      return before.withMembers(members, memory);
    }
    return new PlannedService(members, pickers(members), memory, load);
  }

  /**
   * Returns pickers for the servers of a service.
   *
   * @throws IllegalArgumentException if the scheduler fails, with its own exception as the cause
   */
  PlannedService.Pickers pickers(ServiceMembers members) {
    VirtualService service = members.service();
    Scheduler scheduler = service.scheduler().orElse(DEFAULT);
    Servers servers = new ShardServers(members.members(), load.counters(), hashKey, ticker);
    try {
      Picker scheduled = scheduler.newPicker(servers);
      Scheduler midFlow = scheduler.midFlow().orElse(MID_FLOW);
      return new PlannedService.Pickers(
          scheduled, midFlow.equals(scheduler) ? scheduled : midFlow.newPicker(servers));
    } catch (RuntimeException e) {
      throw new IllegalArgumentException(
          service.key() + ": scheduler " + scheduler + " failed: " + e, e);
    }
  }

  /** What a picker is told of a server. */
  private record Told(
      InetAddress address, int slot, int generation, int configured, int effective, long since) {}

  private static List<Told> serving(ServiceMembers members) {
    return members.members().stream()
        .filter(member -> !member.isRemoved())
        .map(member ->
            new Told(
                member.address(),
                member.slot(),
                member.generation(),
                member.configuredWeight(),
                member.effectiveWeight(),
                member.sinceNanos()))
        .toList();
  }

  private @Nullable SourceTable sources(
      Optional<SourceLimits> limits, @Nullable PlannedService before) {
    if (limits.isEmpty()) {
      return null;
    }
    if (before != null && before.members().service().rules().limits().equals(limits)) {
      return before.sources();
    }
    return new SourceTable(limits.get(), SOURCES, tableKey, ticker.nanos());
  }

  private @Nullable PersistenceTable persistence(
      Optional<Persistence> policy, @Nullable PlannedService before) {
    if (policy.isEmpty()) {
      return null;
    }
    if (before != null
        && before
            .members()
            .service()
            .persistence()
            .map(Planner::remembered)
            .equals(policy.map(Planner::remembered))) {
      return before.persistence();
    }
    return new PersistenceTable(policy.get(), maximumClients, ticker);
  }

  /** Returns what a table goes by: neither pins nor the quiescent rule, which it does not ask. */
  private static Persistence remembered(Persistence policy) {
    return new Persistence(
        policy.timeout(),
        policy.ipv4Prefix(),
        policy.ipv6Prefix(),
        policy.key(),
        List.of(),
        policy.quota(),
        /* expireQuiescent= */ true);
  }
}
