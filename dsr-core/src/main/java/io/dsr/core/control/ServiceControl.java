package io.dsr.core.control;

import io.dsr.core.BalancerEvent;
import io.dsr.core.BalancerStatistics.ServiceStatistics;
import io.dsr.core.BalancerStatistics.TableStatistics;
import io.dsr.core.Health;
import io.dsr.core.IpPrefix;
import io.dsr.core.RealServer;
import io.dsr.core.ServiceKey;
import io.dsr.core.Ticker;
import io.dsr.core.VirtualService;
import io.dsr.core.datapath.ServiceTable;
import io.dsr.core.datapath.VipGates;
import io.dsr.core.membership.Member;
import io.dsr.core.membership.Membership;
import io.dsr.core.membership.Reachability;
import io.dsr.core.membership.ServiceMembers;
import io.dsr.core.membership.SlotDirectory;
import io.dsr.core.membership.Slots;
import io.dsr.core.membership.TotalServerCounters;
import io.dsr.core.persistence.PersistenceTable;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * The services as the operator wants them, and every change to them: made as a whole or not at all.
 * A change that changes nothing is not published.
 *
 * <p>The one holder of what is in force. Control thread, but for what {@link #state}, {@link
 * #services} and {@link #statistics} return.
 */
public final class ServiceControl {

  private final Slots slots;
  private final ServiceCounts counts;
  private final ServiceTableBuilder tableBuilder;
  private final List<DataPlane> dataPlanes = new ArrayList<>();
  private final Ticker ticker;
  private final OwnershipGates gates;
  private final Consumer<? super BalancerEvent> listener;
  private final ServiceDiff.Index index = new ServiceDiff.Index();

  private volatile ControlState state;

  /** Whether all data planes have released what the current state does not need. */
  private volatile boolean retired = true;

  /** How many services have pickers of servers that are no longer theirs. */
  private volatile int stalePickers;

  /**
   * Creates a control of no services.
   *
   * @param slots where members get their slots
   * @param counters what the event loops count for each slot
   * @param tableBuilder makes the service tables of the event loops
   * @param ticker the clock of members and of gates
   * @param gates what event loops read before they forward or answer; closed until {@link #own}
   * @param listener gets the added, changed and removed services; does not throw
   */
  public ServiceControl(
      Slots slots,
      TotalServerCounters counters,
      ServiceTableBuilder tableBuilder,
      Ticker ticker,
      VipGates gates,
      Consumer<? super BalancerEvent> listener) {
    this.slots = slots;
    this.counts = new ServiceCounts(slots, counters);
    this.tableBuilder = tableBuilder;
    this.ticker = ticker;
    this.gates = new OwnershipGates(gates);
    this.listener = listener;
    Membership nobody = Membership.empty(slots, ticker);
    this.state =
        new ControlState(
            nobody, tableBuilder.none(), Set.of(), Ownership.NONE, Set.of(), Departed.NONE);
    this.gates.own(Ownership.NONE, Set.of());
  }

  /**
   * Adds a data plane that follows each change, after the existing ones. Call before the first
   * change.
   */
  public void follow(DataPlane plane) {
    dataPlanes.add(plane);
  }

  // --- changes ---

  /** Adds a service; fails if there is one of that key. */
  public void add(VirtualService service) throws Exception {
    if (membership().service(service.key()) != null) {
      throw new IllegalArgumentException(
          service.key() + " already exists (expected: a new service)");
    }
    change(membership().put(service));
  }

  /** Replaces the service of the same key. */
  public void replace(VirtualService service) throws Exception {
    require(service.key());
    change(membership().put(service));
  }

  /** Removes a service. */
  public void remove(ServiceKey key) throws Exception {
    require(key);
    change(membership().remove(key));
  }

  /** Adds a server to a service. */
  public void addServer(ServiceKey key, RealServer server) throws Exception {
    change(membership().put(require(key).realServer(server)));
  }

  /** Removes a server from a service. */
  public void removeServer(ServiceKey key, InetAddress address) throws Exception {
    List<RealServer> servers = new ArrayList<>(require(key).realServers());
    servers.remove(require(key, address));
    change(membership().put(require(key).realServers(servers)));
  }

  // --- what an operator or a health check says of a server, which no reload changes ---

  /** Gives a server a weight in place of the configured one. */
  public void overrideWeight(ServiceKey key, InetAddress address, int weight) throws Exception {
    changeOverride(key, address, membership -> membership.overrideWeight(key, address, weight));
  }

  /** Gives a server its configured weight again. */
  public void clearOverride(ServiceKey key, InetAddress address) throws Exception {
    changeOverride(key, address, membership -> membership.clearOverride(key, address));
  }

  private void changeOverride(ServiceKey key, InetAddress address, UnaryOperator<Membership> change)
      throws Exception {
    OptionalInt from = membership().member(key, address).condition().override();
    changeIfAny(change);
    OptionalInt to = membership().member(key, address).condition().override();
    if (!from.equals(to)) {
      listener.accept(new BalancerEvent.WeightOverridden(key, address, from, to));
    }
  }

  /** Lets a server take no new flows, until it is undrained or removed. */
  public void drain(ServiceKey key, InetAddress address) throws Exception {
    if (changeIfAny(membership -> membership.drain(key, address))) {
      listener.accept(new BalancerEvent.ServerDraining(key, address));
    }
  }

  /** Takes note that the deadline of a server's drain has passed: flows of datagrams move. */
  public void drained(ServiceKey key, InetAddress address) throws Exception {
    changeIfAny(membership -> membership.drained(key, address));
  }

  /** Ends the draining of a server. */
  public void undrain(ServiceKey key, InetAddress address) throws Exception {
    if (changeIfAny(membership -> membership.undrain(key, address))) {
      listener.accept(new BalancerEvent.ServerUndrained(key, address));
    }
  }

  /** Takes note of what a health check says of a server. */
  public void health(ServiceKey key, InetAddress address, Health now) throws Exception {
    Health before = membership().member(key, address).condition().health();
    changeIfAny(membership -> membership.health(key, address, now));
    if (before.state() != now.state()) {
      listener.accept(new BalancerEvent.HealthChanged(key, address, before, now));
    }
  }

  /** Makes a change, and returns whether it changed anything. */
  private boolean changeIfAny(UnaryOperator<Membership> change) throws Exception {
    Membership before = membership();
    Membership after = change.apply(before);
    if (after == before) {
      return false;
    }
    change(after);
    return true;
  }

  /** Makes the services these and no others. */
  public void apply(Collection<VirtualService> wanted) throws Exception {
    change(membership().apply(wanted));
  }

  /**
   * Takes note of what the link layer told of servers. Where a scheduler fails, its service keeps
   * the pickers that it has until the next change.
   *
   * @throws IllegalArgumentException if schedulers have failed, once the change is made
   */
  public void reachability(Map<InetAddress, Reachability> news) throws Exception {
    takeNote(membership().reachability(news));
  }

  /**
   * Takes note of the servers that are at their upper thresholds, and of no others. Where a
   * scheduler fails, its service keeps the pickers that it has until the next change.
   *
   * @throws IllegalArgumentException if schedulers have failed, once the change is made
   */
  public void overloaded(Set<Integer> full) throws Exception {
    takeNote(membership().overload(full));
  }

  /** Makes a change that says what is, and is made whatever schedulers think of it. */
  private void takeNote(Membership after) throws Exception {
    List<IllegalArgumentException> failures = new ArrayList<>();
    change(after, state.departed(), failures::add);
    if (!failures.isEmpty()) {
      IllegalArgumentException first = failures.removeFirst();
      failures.forEach(first::addSuppressed);
      throw first;
    }
  }

  /**
   * Returns whether pickers know other servers than there are, because their scheduler failed. Any
   * thread.
   */
  public boolean hasStalePickers() {
    return stalePickers > 0;
  }

  /** Asks schedulers again that failed when their servers changed. */
  public void retrySchedulers() {
    if (stalePickers > 0) {
      ControlState before = state;
      Membership same = before.membership();
      List<ServiceTable> tables =
          tableBuilder.serviceTables(same, before.serviceTables(), failure -> {});
      if (tables.getFirst().staleEntries() < stalePickers) {
        commit(ServiceDiff.between(same, same, index), before.with(tables));
      }
    }
  }

  /** Returns whether there are removed servers or services that flows keep. Any thread. */
  public boolean hasRemoved() {
    return membership().hasRemoved();
  }

  /** Returns whether {@link #retire} still has something to release. Any thread. */
  public boolean hasUnretired() {
    return !retired;
  }

  /** Lets go of removed servers whose last flow has ended, once nobody can give them another. */
  public void reap() throws Exception {
    if (!retire()) {
      return;
    }
    ControlState before = state;
    Membership after = before.membership().reap(counts::isIdle);
    if (after != before.membership()) {
      change(after, counts.without(before, after));
    }
  }

  private void change(Membership after) throws Exception {
    change(after, state.departed());
  }

  private void change(Membership after, Departed departed) throws Exception {
    change(
        after,
        departed,
        failure -> {
          throw failure;
        });
  }

  private void change(
      Membership after, Departed departed, Consumer<? super IllegalArgumentException> failed)
      throws Exception {
    ControlState before = state;
    if (after == before.membership()) {
      return;
    }
    ServiceDiff difference = ServiceDiff.between(before.membership(), after, index);
    if (difference.isEmpty()) {
      // What is known of servers that nobody has, at most.
      state = before.with(after);
      return;
    }
    Set<IpPrefix> vips = difference.movesVips() ? after.vipPrefixes() : before.vips();
    List<ServiceTable> tables = tableBuilder.serviceTables(after, before.serviceTables(), failed);
    Ownership ownership = before.ownership().retain(vips);
    Set<IpPrefix> owned = before.owned();
    if (difference.movesVips()) {
      owned = ownership.owned(vips, ticker.nanos());
    }
    var next =
        new ControlState(
            after,
            tables,
            vips,
            ownership,
            owned,
            ServiceCounts.without(
                departed, difference, before.serviceTables().getFirst(), tables.getFirst()));
    prepare(difference, before, next);
    if (difference.movesVips()) {
      gates.move(before.ownership(), ownership, difference.vipsGoing(), vips);
    }
    commit(difference, next);
    tell(difference);
  }

  // --- ownership ---

  /**
   * Owns all VIPs for good, those that come later too.
   *
   * @throws IOException if a data plane refuses, since somebody else owns one; nothing is changed
   */
  public void own() throws IOException {
    own(Ownership.ALL);
  }

  /** Owns no VIP, those that come later neither. */
  public void standby() {
    move(Ownership.NONE);
  }

  /**
   * Owns some VIPs, or networks of VIPs, until a deadline; to be called again before it is over.
   *
   * @param deadlineNanos a reading of the clock, or {@link VipGates#FOREVER}
   * @throws IllegalArgumentException if no service has one of the VIPs
   * @throws IOException if a data plane refuses, since somebody else owns one; nothing is changed
   */
  public void own(Collection<IpPrefix> vips, long deadlineNanos) throws IOException {
    own(state.ownership().with(known(vips), deadlineNanos));
  }

  /**
   * Gives up the ownership of some VIPs or networks of VIPs.
   *
   * @throws IllegalArgumentException if no service has one of the VIPs
   */
  public void standby(Collection<IpPrefix> vips) {
    move(state.ownership().with(known(vips), VipGates.CLOSED));
  }

  private Collection<IpPrefix> known(Collection<IpPrefix> vips) {
    for (IpPrefix vip : vips) {
      if (!state.vips().contains(vip)) {
        throw new IllegalArgumentException("no VIP " + vip + " (expected: the VIP of a service)");
      }
    }
    return vips;
  }

  private void own(Ownership next) throws IOException {
    long now = ticker.nanos();
    giveUpLapsed(now); // before it is claimed again: a VIP that is given up is anybody's
    try {
      for (DataPlane plane : dataPlanes) {
        plane.claim(next.owned(state.vips(), now));
      }
    } catch (IOException | RuntimeException | Error e) {
      retired = false; // what other data planes have claimed is let go of
      throw e;
    }
    become(next, now);
  }

  private void move(Ownership next) {
    long now = ticker.nanos();
    giveUpLapsed(now);
    become(next, now);
  }

  /** Publishes what has lapsed: if it is owned again, it is to be announced again. */
  private void giveUpLapsed(long now) {
    ControlState before = state;
    Set<IpPrefix> left = before.ownership().owned(before.vips(), now);
    left = before.owned().stream().filter(left::contains).collect(Collectors.toSet());
    publish(before.with(before.ownership(), left));
  }

  private void become(Ownership next, long now) {
    ControlState before = state;
    gates.own(next, before.vips());
    publish(before.with(next, next.owned(before.vips(), now)));
  }

  private void publish(ControlState next) {
    if (next.owned().equals(state.owned())) {
      state = next;
    } else {
      commit(ServiceDiff.between(next.membership(), next.membership(), index), next);
    }
  }

  private void prepare(ServiceDiff difference, ControlState before, ControlState next)
      throws Exception {
    int prepared = 0;
    try {
      for (DataPlane plane : dataPlanes) {
        plane.prepare(difference, next);
        prepared++;
      }
    } catch (Exception | Error e) {
      retired = false; // a data plane that does not release now is asked again
      for (DataPlane plane : dataPlanes.subList(0, prepared)) {
        plane.retire(before);
      }
      throw e;
    }
  }

  private void commit(ServiceDiff difference, ControlState next) {
    for (ServiceDiff.Change change : difference.services()) {
      ServiceMembers members = change.after();
      if (members != null) {
        for (Member member : members.members()) {
          slots.begin(member.slot(), member.generation());
          slots.removalPolicy(member.slot(), member.condition().removalPolicy());
          slots.failurePolicy(member.slot(), member.failurePolicy(members.service().rules()));
        }
      }
    }
    for (DataPlane plane : dataPlanes) {
      plane.commit(difference, next);
    }
    index.apply(difference);
    state = next;
    stalePickers = next.serviceTables().getFirst().staleEntries();
    retired = false;
  }

  /**
   * Makes the data planes release what is not needed any more; returns whether all have. To be
   * called again, now and then, until they have. Never waits.
   */
  public boolean retire() {
    if (!retired) {
      boolean all = true;
      for (DataPlane plane : dataPlanes) {
        all &= plane.retire(state);
      }
      retired = all;
      if (all) {
        gates.retire(state.ownership(), state.vips());
      }
    }
    return retired;
  }

  private void tell(ServiceDiff difference) {
    for (ServiceDiff.Change change : difference.services()) {
      VirtualService before = change.serviceBefore();
      VirtualService after = change.serviceAfter();
      if (before != null && after == null) {
        listener.accept(new BalancerEvent.ServiceRemoved(before));
      } else if (before != null && after != null && !before.equals(after)) {
        listener.accept(new BalancerEvent.ServiceChanged(before, after));
      }
    }
    for (ServiceDiff.Change change : difference.services()) {
      VirtualService after = change.serviceAfter();
      if (after != null && change.serviceBefore() == null) {
        listener.accept(new BalancerEvent.ServiceAdded(after));
      }
    }
  }

  /**
   * A change that is not made.
   *
   * @param before the service table in force, of the first event loop
   * @param after the service table that would be
   * @param holders whose slots are which
   * @param successors whose they would be
   */
  public record Draft(
      ServiceTable before, ServiceTable after, SlotDirectory holders, SlotDirectory successors) {}

  /** Returns what {@link #apply} would do. Nothing is changed by it. */
  public Draft draft(Collection<VirtualService> wanted) {
    ControlState now = state;
    Membership after = now.membership().apply(wanted);
    ServiceTable next = tableBuilder.serviceTables(after, now.serviceTables()).getFirst();
    return new Draft(
        now.serviceTables().getFirst(),
        next,
        SlotDirectory.of(now.membership()),
        SlotDirectory.of(after));
  }

  private VirtualService require(ServiceKey key) {
    VirtualService service = membership().service(key);
    if (service == null) {
      throw new IllegalArgumentException("no service " + key + " (expected: an existing service)");
    }
    return service;
  }

  private RealServer require(ServiceKey key, InetAddress address) {
    return membership().member(key, address).server();
  }

  // --- what any thread may ask ---

  /** Returns all that is in force. */
  public ControlState state() {
    return state;
  }

  /** Returns whose slot is which. */
  public SlotDirectory slotDirectory() {
    return SlotDirectory.of(membership());
  }

  /** Returns the service table of an event loop. */
  public ServiceTable serviceTable(int loop) {
    return state.serviceTables().get(loop);
  }

  /** Returns what the loops share of who took which client. */
  public Map<ServiceKey, PersistenceTable> persistenceTables() {
    return state.serviceTables().getFirst().persistenceTables();
  }

  /** Returns the services and who serves them. */
  public Membership membership() {
    return state.membership();
  }

  /** Returns the services as the operator wants them, in the order in which they came. */
  public List<VirtualService> services() {
    return membership().services().stream()
        .filter(members -> !members.removed())
        .map(ServiceMembers::service)
        .toList();
  }

  /** Returns how often persistence did not remember a client for its source's quota. */
  public TableStatistics tables() {
    return counts.tables(state);
  }

  /** Returns what has been counted for each service. */
  public List<ServiceStatistics> statistics() {
    return counts.statistics(state);
  }
}
