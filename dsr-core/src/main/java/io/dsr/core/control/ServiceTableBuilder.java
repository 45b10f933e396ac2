package io.dsr.core.control;

import static java.util.Objects.requireNonNull;

import io.dsr.core.FlowTimeouts;
import io.dsr.core.HashKey;
import io.dsr.core.Persistence;
import io.dsr.core.Picker;
import io.dsr.core.Scheduler;
import io.dsr.core.SourceLimits;
import io.dsr.core.Ticker;
import io.dsr.core.VirtualService;
import io.dsr.core.admission.SourceTable;
import io.dsr.core.datapath.AccessRules;
import io.dsr.core.datapath.PickerFailures;
import io.dsr.core.datapath.PrefixMap;
import io.dsr.core.datapath.ServiceEntry;
import io.dsr.core.datapath.ServiceTable;
import io.dsr.core.flow.FlowTimes;
import io.dsr.core.membership.Membership;
import io.dsr.core.membership.OverloadDetector;
import io.dsr.core.membership.ServiceMembers;
import io.dsr.core.persistence.PersistenceTable;
import io.dsr.core.persistence.Pins;
import io.dsr.core.scheduler.Schedulers;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Makes the service tables of all event loops from the membership, and keeps what a change does not
 * touch: the pickers of a service whose servers are as they were, the persistence table of one
 * whose policy is.
 *
 * <p>The loops share what is immutable or made for several threads: tables of consistent hashes,
 * access lists, and persistence, for a client's next connection may come to another loop if its
 * address has changed. Each has counters, pickers with a state, and limits of sources of its own.
 *
 * <p>Control thread.
 */
public final class ServiceTableBuilder {

  private static final Scheduler DEFAULT = Schedulers.weightedLeastConnections();
  private static final Scheduler MID_FLOW = Schedulers.midFlow();
  private static final int SOURCES = 65_536;

  private final List<OverloadDetector> loads;
  private final HashKey hashKey;
  private final HashKey tableKey = HashKey.random();
  private final Ticker ticker;
  private final int maximumClients;
  private final BiConsumer<? super String, ? super Throwable> faults;

  /**
   * Creates a builder that nobody hears the faults of.
   *
   * @param loads what each event loop counts
   * @param hashKey the key of placement hashes
   * @param ticker the clock of persistence
   * @param maximumClients how many clients the persistence of one service remembers at most
   */
  @SuppressWarnings("exports") // made by our own modules alone
  public ServiceTableBuilder(
      List<OverloadDetector> loads, HashKey hashKey, Ticker ticker, int maximumClients) {
    this(loads, hashKey, ticker, maximumClients, (extension, failure) -> {});
  }

  /**
   * Creates a builder.
   *
   * @param loads what each event loop counts
   * @param hashKey the key of placement hashes
   * @param ticker the clock of persistence
   * @param maximumClients how many clients the persistence of one service remembers at most
   * @param faults hears what schedulers throw, and what their pickers do, on an event loop
   */
  @SuppressWarnings("exports") // made by our own modules alone
  public ServiceTableBuilder(
      List<OverloadDetector> loads,
      HashKey hashKey,
      Ticker ticker,
      int maximumClients,
      BiConsumer<? super String, ? super Throwable> faults) {
    this.faults = faults;
    this.loads = List.copyOf(loads);
    this.hashKey = hashKey;
    this.ticker = ticker;
    this.maximumClients = maximumClients;
  }

  /** Returns a service table of no service for each event loop, in their order. */
  public List<ServiceTable> none() {
    return loads.stream().map(loop -> ServiceTable.EMPTY).toList();
  }

  /**
   * Returns the service table of the only event loop for {@code membership}, made with as much of
   * {@code before} as still holds.
   *
   * @throws IllegalArgumentException as {@link #serviceTables} does
   */
  @SuppressWarnings("exports") // called by our own modules alone
  public ServiceTable serviceTable(Membership membership, ServiceTable before) {
    return serviceTables(membership, List.of(before)).getFirst();
  }

  /**
   * Returns the service tables of all event loops for {@code membership}, made with as much of
   * {@code before} as still holds.
   *
   * @param before the service tables in force, in the order of the loops
   * @throws IllegalArgumentException if a service's scheduler fails to make a picker, with its own
   *     exception as the cause, a pin names a server that the service does not have, or there are
   *     more than {@link FlowTimes#CLASSES} different timeouts, those of removed services whose
   *     flows go on and the default ones among them
   */
  @SuppressWarnings("exports") // called by our own modules alone
  public List<ServiceTable> serviceTables(Membership membership, List<ServiceTable> before) {
    return serviceTables(
        membership,
        before,
        failure -> {
          throw failure;
        });
  }

  /**
   * Returns the service tables of all event loops, as {@link #serviceTables(Membership, List)}; but
   * a service whose scheduler fails keeps the pickers that it has. Each table that is made after
   * this one asks the scheduler again.
   *
   * @param failed is given the failure of each such scheduler that did not fail for these servers
   *     before
   */
  List<ServiceTable> serviceTables(
      Membership membership,
      List<ServiceTable> before,
      Consumer<? super IllegalArgumentException> failed) {
    checkTimeouts(membership);
    List<List<ServiceEntry>> planned = new ArrayList<>();
    loads.forEach(loop -> planned.add(new ArrayList<>()));
    List<ServiceMembers> removed = new ArrayList<>();
    for (ServiceMembers members : membership.services()) {
      if (members.removed()) {
        removed.add(members);
      } else {
        add(members, before, planned, failed);
      }
    }
    List<ServiceTable> tables = new ArrayList<>();
    for (int loop = 0; loop < loads.size(); loop++) {
      tables.add(
          ServiceTable.of(before.get(loop), planned.get(loop), removed, membership::vipPrefixes));
    }
    return tables;
  }

  // A loop that takes a table must not fail: what it could fail for is refused here.
  private static void checkTimeouts(Membership membership) {
    Set<FlowTimeouts> different = new HashSet<>(Set.of(FlowTimeouts.DEFAULT));
    membership.services().forEach(of -> different.add(of.service().rules().timeouts()));
    if (different.size() > FlowTimes.CLASSES) {
      throw new IllegalArgumentException(
          "timeouts: "
              + different.size()
              + " different sets, including the default (expected: at most "
              + FlowTimes.CLASSES
              + ")");
    }
  }

  /** Adds a service to each loop's, the same object as before if nothing of it has changed. */
  @SuppressWarnings("ReferenceEquality") // the same are equal, and that is soon seen
  private void add(
      ServiceMembers members,
      List<ServiceTable> before,
      List<List<ServiceEntry>> planned,
      Consumer<? super IllegalArgumentException> failed) {
    int place = planned.getFirst().size();
    ServiceEntry there = before.getFirst().inPlace(place);
    if (there != null && there.members() == members && !there.isStale()) {
      for (int loop = 0; loop < loads.size(); loop++) {
        planned.get(loop).add(requireNonNull(before.get(loop).inPlace(place)));
      }
      return;
    }
    List<ServiceEntry> each = serviceTable(members, before, failed);
    for (int loop = 0; loop < loads.size(); loop++) {
      planned.get(loop).add(each.get(loop));
    }
  }

  /** Returns a service as each event loop sees it. */
  private List<ServiceEntry> serviceTable(
      ServiceMembers members,
      List<ServiceTable> serviceTables,
      Consumer<? super IllegalArgumentException> failed) {
    VirtualService service = members.service();
    ServiceEntry before = serviceTables.getFirst().service(service.key());
    if (before != null && before.members().equals(members) && !before.isStale()) {
      return serviceTables.stream()
          .map(loop -> requireNonNull(loop.service(service.key())))
          .toList();
    }
    Pins.check(service);
    PersistenceTable persistence = persistence(service.persistence(), before);
    PrefixMap access = AccessRules.of(service.rules().access());
    boolean stays =
        before != null
            && !before.isStale()
            && before.members().service().scheduler().equals(service.scheduler())
            && serving(before.members()).equals(serving(members));
    List<ServiceEntry> each = new ArrayList<>();
    PickerFailures failures = failures(service, before);
    List<ServiceEntry.Pickers> pickers = stays ? List.of() : pickers(members, before, failed);
    for (int loop = 0; loop < loads.size(); loop++) {
      ServiceEntry earlier = serviceTables.get(loop).service(service.key());
      var memory =
          new ServiceEntry.Memory(
              persistence, sources(service.rules().limits(), earlier), access, failures);
      each.add(
          earlier != null && pickers.isEmpty()
              ? earlier.withMembers(members, memory, /* stale= */ !stays)
              : new ServiceEntry(members, pickers.get(loop), memory, loads.get(loop)));
    }
    return each;
  }

  /** Returns pickers for each event loop, none if the scheduler fails and there are older ones. */
  private List<ServiceEntry.Pickers> pickers(
      ServiceMembers members,
      @Nullable ServiceEntry before,
      Consumer<? super IllegalArgumentException> failed) {
    try {
      return pickers(members);
    } catch (IllegalArgumentException e) {
      if (before == null) {
        throw e;
      }
      if (!before.members().equals(members)) { // else it was told when the scheduler failed first
        failed.accept(e);
      }
      return List.of();
    }
  }

  /**
   * Returns pickers for the servers of a service, for each event loop.
   *
   * @throws IllegalArgumentException if the scheduler fails, with its own exception as the cause
   */
  List<ServiceEntry.Pickers> pickers(ServiceMembers members) {
    VirtualService service = members.service();
    Scheduler scheduler = service.scheduler().orElse(DEFAULT);
    try {
      Scheduler midFlow = scheduler.midFlow().orElse(MID_FLOW);
      List<Picker> scheduled = eachLoop(scheduler, members);
      List<Picker> rest = midFlow.equals(scheduler) ? scheduled : eachLoop(midFlow, members);
      List<ServiceEntry.Pickers> pickers = new ArrayList<>();
      for (int loop = 0; loop < loads.size(); loop++) {
        pickers.add(new ServiceEntry.Pickers(scheduled.get(loop), rest.get(loop)));
      }
      return pickers;
    } catch (Throwable e) { // whatever a user's scheduler throws, the services go on
      faults.accept(ExtensionFaults.name("scheduler", scheduler) + " of " + service.key(), e);
      throw new IllegalArgumentException(
          service.key() + ": scheduler " + text(scheduler) + " failed: " + ExtensionFaults.text(e),
          e);
    }
  }

  private static String text(Scheduler scheduler) {
    try {
      return scheduler.toString();
    } catch (Throwable e) {
      return scheduler.getClass().getName();
    }
  }

  /** Returns what the pickers of a service threw, from when it got its scheduler on. */
  private PickerFailures failures(VirtualService service, @Nullable ServiceEntry before) {
    if (before != null && before.members().service().scheduler().equals(service.scheduler())) {
      return before.failures();
    }
    Scheduler scheduler = service.scheduler().orElse(DEFAULT);
    return new PickerFailures(
        ExtensionFaults.name("picker of scheduler", scheduler) + " of " + service.key(), faults);
  }

  private List<Picker> eachLoop(Scheduler scheduler, ServiceMembers members) {
    List<Picker> pickers = new ArrayList<>();
    for (OverloadDetector load : loads) {
      Picker first = pickers.isEmpty() ? null : pickers.getFirst();
      pickers.add(
          first != null && first.isShareable()
              ? first
              : requireNonNull(
                  scheduler.newPicker(
                      new ShardServers(members.members(), load.counters(), hashKey, ticker)),
                  "the picker that a scheduler returned"));
    }
    return pickers;
  }

  /** What a picker sees of a server. */
  private record Told(
      InetAddress address, int slot, int generation, int intended, int effective, long since) {}

  private static List<Told> serving(ServiceMembers members) {
    return members.members().stream()
        .filter(member -> !member.isRemoved())
        .map(member ->
            new Told(
                member.address(),
                member.slot(),
                member.generation(),
                member.intendedWeight(),
                member.effectiveWeight(),
                member.sinceNanos()))
        .toList();
  }

  private @Nullable SourceTable sources(
      Optional<SourceLimits> limits, @Nullable ServiceEntry before) {
    if (limits.isEmpty()) {
      return null;
    }
    if (before != null && before.members().service().rules().limits().equals(limits)) {
      return before.sources();
    }
    return new SourceTable(limits.get(), SOURCES, tableKey, ticker.nanos());
  }

  private @Nullable PersistenceTable persistence(
      Optional<Persistence> policy, @Nullable ServiceEntry before) {
    if (policy.isEmpty()) {
      return null;
    }
    if (before != null
        && before
            .members()
            .service()
            .persistence()
            .map(ServiceTableBuilder::remembered)
            .equals(policy.map(ServiceTableBuilder::remembered))) {
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
