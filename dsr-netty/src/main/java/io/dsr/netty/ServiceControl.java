package io.dsr.netty;

import io.dsr.core.BalancerEvent;
import io.dsr.core.BalancerStatistics.ServerStatistics;
import io.dsr.core.BalancerStatistics.ServiceStatistics;
import io.dsr.core.BalancerStatistics.TableStatistics;
import io.dsr.core.BalancerStatistics.Traffic;
import io.dsr.core.Health;
import io.dsr.core.MacAddress;
import io.dsr.core.RealServer;
import io.dsr.core.ServiceKey;
import io.dsr.core.Ticker;
import io.dsr.core.VirtualService;
import io.dsr.core.datapath.ServiceTable;
import io.dsr.core.datapath.ServiceTableBuilder;
import io.dsr.core.membership.Member;
import io.dsr.core.membership.Membership;
import io.dsr.core.membership.Reachability;
import io.dsr.core.membership.ServiceMembers;
import io.dsr.core.membership.SlotDirectory;
import io.dsr.core.membership.Slots;
import io.dsr.core.membership.TotalServerCounters;
import io.dsr.core.persistence.PersistenceTable;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The services as the operator wants them, and every change to them: made as a whole or not at all.
 *
 * <p>Control thread, but for {@link #services} and {@link #statistics}.
 */
final class ServiceControl {

  /** Puts a service table into force where frames are forwarded. */
  @FunctionalInterface
  interface Publisher {

    /**
     * Brings the wire from one membership to the next, each event loop to its service table.
     *
     * @throws Exception if the kernel refuses; nothing has changed then
     */
    void publish(Membership before, Membership after, List<ServiceTable> serviceTables)
        throws Exception;
  }

  private static final Logger LOG = LoggerFactory.getLogger(DsrBalancer.class);

  private final Slots slots;
  private final TotalServerCounters counters;
  private final ServiceTableBuilder tableBuilder;
  private final Publisher publisher;
  private final Consumer<? super BalancerEvent> listener;

  /** Traffic of members that have gone, by the service that they served. */
  private final Map<ServiceKey, Traffic> departed = new HashMap<>();

  private volatile Snapshot snapshot;
  private volatile List<ServiceTable> serviceTables;

  private record Snapshot(Membership membership, Map<ServiceKey, Traffic> departed) {}

  ServiceControl(
      Slots slots,
      TotalServerCounters counters,
      ServiceTableBuilder tableBuilder,
      Ticker ticker,
      Publisher publisher,
      Consumer<? super BalancerEvent> listener) {
    this.slots = slots;
    this.counters = counters;
    this.tableBuilder = tableBuilder;
    this.serviceTables = tableBuilder.none();
    this.publisher = publisher;
    this.listener = listener;
    this.snapshot = new Snapshot(Membership.empty(slots, ticker), Map.of());
  }

  // --- changes ---

  void add(VirtualService service) throws Exception {
    if (membership().service(service.key()) != null) {
      throw new IllegalArgumentException(service.key() + " exists (expected: a new service)");
    }
    change(membership -> membership.put(service));
  }

  void replace(VirtualService service) throws Exception {
    require(service.key());
    change(membership -> membership.put(service));
  }

  void remove(ServiceKey key) throws Exception {
    require(key);
    change(membership -> membership.remove(key));
  }

  void addServer(ServiceKey key, RealServer server) throws Exception {
    VirtualService service = require(key).realServer(server);
    change(membership -> membership.put(service));
  }

  void removeServer(ServiceKey key, InetAddress address) throws Exception {
    List<RealServer> servers = new ArrayList<>(require(key).realServers());
    servers.remove(require(key, address));
    VirtualService service = require(key).realServers(servers);
    change(membership -> membership.put(service));
  }

  // --- what an operator or a health check says of a server, which no reload changes ---

  /** Gives a server a weight in place of the configured one. */
  void overrideWeight(ServiceKey key, InetAddress address, int weight) throws Exception {
    changeOverride(key, address, membership -> membership.overrideWeight(key, address, weight));
  }

  /** Gives a server its configured weight again. */
  void clearOverride(ServiceKey key, InetAddress address) throws Exception {
    changeOverride(key, address, membership -> membership.clearOverride(key, address));
  }

  private void changeOverride(ServiceKey key, InetAddress address, UnaryOperator<Membership> change)
      throws Exception {
    OptionalInt from = membership().member(key, address).condition().override();
    changeIfAny(change);
    OptionalInt to = membership().member(key, address).condition().override();
    if (!from.equals(to)) {
      tell(new BalancerEvent.WeightOverridden(key, address, from, to));
    }
  }

  /** Lets a server take no new flows, until it is undrained or removed. */
  void drain(ServiceKey key, InetAddress address) throws Exception {
    if (changeIfAny(membership -> membership.drain(key, address))) {
      tell(new BalancerEvent.ServerDraining(key, address));
    }
  }

  /** Ends the draining of a server. */
  void undrain(ServiceKey key, InetAddress address) throws Exception {
    if (changeIfAny(membership -> membership.undrain(key, address))) {
      tell(new BalancerEvent.ServerUndrained(key, address));
    }
  }

  /** Takes note of what a health check says of a server. */
  void health(ServiceKey key, InetAddress address, Health now) throws Exception {
    Health before = membership().member(key, address).condition().health();
    changeIfAny(membership -> membership.health(key, address, now));
    if (before.state() != now.state()) {
      tell(new BalancerEvent.HealthChanged(key, address, before, now));
    }
  }

  /** Makes a change, and returns whether it changed anything. */
  private boolean changeIfAny(UnaryOperator<Membership> change) throws Exception {
    Membership before = membership();
    Membership after = change.apply(before);
    if (after == before) {
      return false;
    }
    change(membership -> after);
    return true;
  }

  void apply(Collection<VirtualService> wanted) throws Exception {
    change(membership -> membership.apply(wanted));
  }

  /**
   * Takes note of what the link layer told of servers; a scheduler that fails keeps its old
   * pickers.
   */
  void reachability(Map<InetAddress, Reachability> news) throws Exception {
    change(membership -> membership.reachability(news));
  }

  /** Returns whether there are removed servers or services that flows keep. Any thread. */
  boolean hasRemoved() {
    return membership().hasRemoved();
  }

  /** Lets go of removed servers whose last flow has ended. */
  void reap() throws Exception {
    Membership before = membership();
    Membership after = before.reap(this::isIdle);
    if (after == before) {
      return;
    }
    Map<ServiceKey, Traffic> earlier = Map.copyOf(departed);
    for (ServiceMembers members : before.services()) {
      for (Member member : members.members()) {
        if (member.isRemoved() && isIdle(member)) {
          departed.merge(members.service().key(), traffic(member), Traffic::plus);
        }
      }
    }
    departed.keySet().retainAll(after.services().stream().map(s -> s.service().key()).toList());
    try {
      change(membership -> after);
    } catch (Exception e) {
      // Still a member, and counted as one.
      departed.clear();
      departed.putAll(earlier);
      throw e;
    }
  }

  private boolean isIdle(Member member) {
    int slot = member.slot();
    // A flow may turn active while the inactive ones of other loops are counted.
    return counters.active(slot) == 0 && counters.inactive(slot) == 0 && counters.active(slot) == 0;
  }

  private void change(UnaryOperator<Membership> change) throws Exception {
    Membership before = membership();
    Membership after = change.apply(before);
    List<ServiceTable> next = tableBuilder.serviceTables(after, serviceTables);
    publisher.publish(before, after, next);
    decideFates(after);
    serviceTables = next;
    snapshot = new Snapshot(after, Map.copyOf(departed));
    tellChanges(before, after);
  }

  private void decideFates(Membership after) {
    for (ServiceMembers members : after.services()) {
      members
          .members()
          .forEach(
              member -> slots.removalPolicy(member.slot(), member.condition().removalPolicy()));
    }
  }

  /** Takes note of the servers that are at their upper thresholds, and of no others. */
  void overloaded(Set<Integer> full) throws Exception {
    if (membership().overload(full) != membership()) {
      change(membership -> membership.overload(full));
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
  record Draft(
      ServiceTable before, ServiceTable after, SlotDirectory holders, SlotDirectory successors) {}

  /** Returns what {@link #apply} would do. */
  Draft draft(Collection<VirtualService> wanted) {
    Membership before = membership();
    Membership after = before.apply(wanted);
    List<ServiceTable> now = serviceTables;
    ServiceTable next = tableBuilder.serviceTables(after, now).getFirst();
    return new Draft(now.getFirst(), next, SlotDirectory.of(before), SlotDirectory.of(after));
  }

  private void tellChanges(Membership before, Membership after) {
    for (VirtualService old : services(before)) {
      VirtualService now = after.service(old.key());
      if (now == null) {
        tell(new BalancerEvent.ServiceRemoved(old));
      } else if (!now.equals(old)) {
        tell(new BalancerEvent.ServiceChanged(old, now));
      }
    }
    for (VirtualService now : services(after)) {
      if (before.service(now.key()) == null) {
        tell(new BalancerEvent.ServiceAdded(now));
      }
    }
  }

  /** Tells the listener; one event after the other, whichever thread has it. */
  synchronized void tell(BalancerEvent event) {
    try {
      listener.accept(event);
    } catch (RuntimeException e) {
      LOG.warn("the event listener failed on {}", event, e);
    }
  }

  private VirtualService require(ServiceKey key) {
    VirtualService service = membership().service(key);
    if (service == null) {
      throw new IllegalArgumentException("no service " + key + " (expected: one that was added)");
    }
    return service;
  }

  private RealServer require(ServiceKey key, InetAddress address) {
    return membership().member(key, address).server();
  }

  // --- what any thread may ask ---

  SlotDirectory slotDirectory() {
    return SlotDirectory.of(membership());
  }

  /** Returns the service table of an event loop. */
  ServiceTable serviceTable(int loop) {
    return serviceTables.get(loop);
  }

  /** Returns what the loops share of who took which client. */
  Map<ServiceKey, PersistenceTable> persistenceTables() {
    return serviceTables.getFirst().persistenceTables();
  }

  Membership membership() {
    return snapshot.membership();
  }

  List<VirtualService> services() {
    return services(membership());
  }

  private static List<VirtualService> services(Membership membership) {
    return membership.services().stream()
        .filter(members -> !members.removed())
        .map(ServiceMembers::service)
        .toList();
  }

  /** Returns how often persistence did not remember a client for its source's quota. */
  TableStatistics tables() {
    long refused = 0;
    for (PersistenceTable table : persistenceTables().values()) {
      refused += table.refusals();
    }
    return new TableStatistics(0, 0, refused, 0);
  }

  List<ServiceStatistics> statistics() {
    Snapshot now = snapshot;
    List<ServiceStatistics> all = new ArrayList<>();
    for (ServiceMembers members : now.membership().services()) {
      ServiceKey key = members.service().key();
      Traffic sum = now.departed().getOrDefault(key, Traffic.NONE);
      List<ServerStatistics> servers = new ArrayList<>();
      for (Member member : members.members()) {
        servers.add(statistics(member));
        sum = sum.plus(traffic(member));
      }
      all.add(new ServiceStatistics(key, sum, servers));
    }
    return all;
  }

  private ServerStatistics statistics(Member member) {
    long mac = slots.mac(member.slot());
    return new ServerStatistics(
        member.address(),
        member.configuredWeight(),
        member.condition().override(),
        member.effectiveWeight(),
        member.reason(),
        member.condition().health(),
        mac == Slots.UNRESOLVED ? Optional.empty() : Optional.of(new MacAddress(mac)),
        traffic(member));
  }

  private Traffic traffic(Member member) {
    int slot = member.slot();
    return new Traffic(
        counters.frames(slot),
        counters.bytes(slot),
        counters.active(slot),
        counters.inactive(slot),
        counters.connections(slot));
  }
}
