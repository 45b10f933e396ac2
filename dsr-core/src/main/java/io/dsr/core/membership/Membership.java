package io.dsr.core.membership;

import io.dsr.core.FlowRemoval;
import io.dsr.core.Health;
import io.dsr.core.IpPrefix;
import io.dsr.core.RealServer;
import io.dsr.core.ServiceKey;
import io.dsr.core.Ticker;
import io.dsr.core.VirtualService;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Who serves what: every service with its members, as one immutable value.
 *
 * <p>A change returns a new membership and leaves the old one as it was, so a change that fails
 * later on is undone by forgetting it. A change that changes nothing returns the same membership.
 * Control thread, for slots are taken from {@link Slots}.
 *
 * <p>{@link #put}, {@link #apply} and {@link #remove} change what is configured: they leave the
 * {@link Condition} of every server that stays as it was. One that is removed and named again
 * begins up, without an override and of unknown health, though it may have kept its slot and flows.
 */
public final class Membership {

  private static final Comparator<Member> BY_ADDRESS =
      Comparator.comparing(member -> member.address().getAddress(), Arrays::compareUnsigned);

  private final Slots slots;
  private final Ticker ticker;
  private final Map<ServiceKey, ServiceMembers> services;
  private final Map<InetAddress, Reachability> reachability;

  /** Whether any is removed, found out when it is first asked; every thread finds the same. */
  private volatile @Nullable Boolean anyRemoved;

  private Membership(
      Slots slots,
      Ticker ticker,
      Map<ServiceKey, ServiceMembers> services,
      Map<InetAddress, Reachability> reachability) {
    this.slots = slots;
    this.ticker = ticker;
    this.services = services;
    this.reachability = reachability;
  }

  /**
   * Returns a membership of nobody, whose members will hold slots of {@code slots}, by the clock of
   * this machine.
   */
  public static Membership empty(Slots slots) {
    return empty(slots, Ticker.system());
  }

  /**
   * Returns a membership of nobody, whose members will hold slots of {@code slots}.
   *
   * @param ticker the clock of {@link Member#sinceNanos}
   */
  public static Membership empty(Slots slots, Ticker ticker) {
    return new Membership(slots, ticker, Map.of(), Map.of());
  }

  /**
   * Fails unless these services can be together.
   *
   * @throws IllegalArgumentException if two have keys that conflict, a VIP is a real server's
   *     address
   */
  public static void check(Collection<VirtualService> services) {
    ServiceConflicts.refuse(services, services);
  }

  /**
   * Returns every service in the order in which they came, removed ones that still have members
   * too.
   */
  public Collection<ServiceMembers> services() {
    return services.values();
  }

  /** Returns the service of that first key with its members, a removed one too, or null. */
  public @Nullable ServiceMembers members(ServiceKey key) {
    return services.get(key);
  }

  /** Returns the service of {@code key}, or null if there is none or it has been removed. */
  public @Nullable VirtualService service(ServiceKey key) {
    ServiceMembers found = services.get(key);
    return found == null || found.removed() ? null : found.service();
  }

  /** Returns the own addresses of all members, those whose last flows are ending too. */
  public Set<InetAddress> servers() {
    Set<InetAddress> addresses = new LinkedHashSet<>();
    services.values().forEach(s -> s.members().forEach(m -> addresses.add(m.address())));
    return addresses;
  }

  /** Returns the VIPs of all services but the removed ones. */
  public Set<InetAddress> vips() {
    Set<InetAddress> addresses = new LinkedHashSet<>();
    for (ServiceMembers members : services.values()) {
      if (!members.removed()) {
        addresses.add(members.service().key().address());
      }
    }
    return addresses;
  }

  /** Returns the VIPs, and networks of VIPs, of all services but the removed ones. */
  public Set<IpPrefix> vipPrefixes() {
    Set<IpPrefix> prefixes = new LinkedHashSet<>();
    for (ServiceMembers members : services.values()) {
      if (!members.removed()) {
        members.service().keys().forEach(key -> prefixes.add(key.vip()));
      }
    }
    return prefixes;
  }

  /**
   * Returns a membership with {@code service} in the place of any of the same first key. A server
   * of the same address keeps its slot and with it its flows, even if it had been removed; one that
   * is no longer named is removed.
   *
   * @throws IllegalArgumentException if a key of it conflicts with one of another service, or a VIP
   *     is, or its network holds, the address of a real server of another
   * @throws IllegalStateException if there is no free slot
   */
  public Membership put(VirtualService service) {
    var standing = standing();
    standing.put(service.key(), service);
    refuseConflicts(standing.values(), List.of(service));
    return change(List.of(), List.of(service));
  }

  /**
   * Returns a membership of these services: each put in its place, all others removed. Only the end
   * has to be free of conflicts, so a key may go from one service to another.
   *
   * @throws IllegalArgumentException if a first key is given twice, or as {@link #put}
   * @throws IllegalStateException if there is no free slot
   */
  public Membership apply(Collection<VirtualService> wanted) {
    var byKey = new LinkedHashMap<ServiceKey, VirtualService>();
    for (VirtualService service : wanted) {
      if (byKey.put(service.key(), service) != null) {
        throw new IllegalArgumentException(service.key() + " is given twice");
      }
    }
    List<ServiceKey> leaving = new ArrayList<>();
    for (ServiceMembers present : services.values()) {
      ServiceKey key = present.service().key();
      if (!present.removed() && !byKey.containsKey(key)) {
        leaving.add(key);
      }
    }
    List<VirtualService> changed = new ArrayList<>();
    for (VirtualService service : byKey.values()) {
      if (!isSame(service, service(service.key()))) {
        changed.add(service);
      }
    }
    refuseConflicts(byKey.values(), changed);
    return change(leaving, changed);
  }

  @SuppressWarnings("ReferenceEquality") // the same are equal, and that is soon seen
  private static boolean isSame(VirtualService one, @Nullable VirtualService other) {
    return one == other || one.equals(other);
  }

  /** Fails if services conflict, of which all but some have stood together before. */
  private void refuseConflicts(Collection<VirtualService> all, Collection<VirtualService> changed) {
    boolean sameKeys = true;
    List<VirtualService> suspects = new ArrayList<>();
    for (VirtualService service : changed) {
      VirtualService before = service(service.key());
      sameKeys &= before != null && before.keys().equals(service.keys());
      if (before == null || !addresses(before).containsAll(addresses(service))) {
        suspects.add(service);
      }
    }
    if (!sameKeys) {
      ServiceConflicts.refuse(all, all);
    } else if (!suspects.isEmpty()) {
      ServiceConflicts.refuse(all, suspects);
    }
  }

  private static Set<InetAddress> addresses(VirtualService service) {
    return service.realServers().stream().map(RealServer::address).collect(Collectors.toSet());
  }

  /**
   * Returns a membership without the service; its members are removed, and their live flows kept or
   * not as the rules of the service say.
   */
  public Membership remove(ServiceKey key) {
    return services.containsKey(key) ? change(List.of(key), List.of()) : this;
  }

  /**
   * Returns a membership in which the server of that address has this reachability, in each
   * service.
   */
  public Membership reachability(InetAddress server, Reachability now) {
    return reachability(Map.of(server, now));
  }

  /**
   * Returns a membership in which each of these servers has its reachability, in each service.
   * Tiers open and close once for all of them.
   */
  public Membership reachability(Map<InetAddress, Reachability> news) {
    Map<InetAddress, Reachability> known = new LinkedHashMap<>(reachability);
    known.putAll(news);
    known.values().removeIf(now -> now == Reachability.UNRESOLVED); // as who is not known
    var next =
        change(m -> {
          Reachability now = news.get(m.address());
          return now == null ? m : m.with(m.condition().reachability(now));
        });
    return next.equals(services) && known.equals(reachability)
        ? this
        : new Membership(slots, ticker, next, known);
  }

  /**
   * Returns a membership in which exactly the members of these slots are overloaded, or this one if
   * they are so already.
   */
  public Membership overload(Set<Integer> overloaded) {
    var next = change(m -> m.with(m.condition().overloaded(overloaded.contains(m.slot()))));
    return next.equals(services) ? this : new Membership(slots, ticker, next, reachability);
  }

  /**
   * Returns a membership in which the server has this weight in place of the configured one, until
   * {@link #clearOverride} or its removal.
   *
   * @throws IllegalArgumentException if there is no such service or server, or the weight is not
   *     within 0 to {@link RealServer#MAXIMUM_WEIGHT}
   */
  public Membership overrideWeight(ServiceKey service, InetAddress server, int weight) {
    if (weight < 0 || weight > RealServer.MAXIMUM_WEIGHT) {
      throw new IllegalArgumentException(
          "weight: " + weight + " (expected: 0 to " + RealServer.MAXIMUM_WEIGHT + ")");
    }
    return condition(service, server, c -> c.override(OptionalInt.of(weight)));
  }

  /**
   * Returns a membership in which the server has its configured weight.
   *
   * @throws IllegalArgumentException if there is no such service or server
   */
  public Membership clearOverride(ServiceKey service, InetAddress server) {
    return condition(service, server, c -> c.override(OptionalInt.empty()));
  }

  /**
   * Returns a membership in which the server takes no new flows until {@link #undrain} or its
   * removal.
   *
   * @throws IllegalArgumentException if there is no such service or server
   */
  public Membership drain(ServiceKey service, InetAddress server) {
    return condition(service, server, c -> c.administrative(AdministrativeState.DRAINING));
  }

  /**
   * Returns a membership in which the server does not drain; its override, if any, stays.
   *
   * @throws IllegalArgumentException if there is no such service or server
   */
  public Membership undrain(ServiceKey service, InetAddress server) {
    return condition(service, server, c -> c.administrative(AdministrativeState.UP));
  }

  /**
   * Returns a membership in which the server has this health in that service, and in no other.
   *
   * @throws IllegalArgumentException if there is no such service or server
   */
  public Membership health(ServiceKey service, InetAddress server, Health now) {
    return condition(service, server, c -> c.health(now));
  }

  /**
   * Returns a server of a service.
   *
   * @throws IllegalArgumentException if there is no such service or server, or it was removed
   */
  public Member member(ServiceKey service, InetAddress server) {
    List<Member> present =
        present(service).members().stream().filter(member -> !member.isRemoved()).toList();
    return present.stream()
        .filter(member -> member.address().equals(server))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException(noServer(service, server, present)));
  }

  private static String noServer(ServiceKey service, InetAddress server, List<Member> present) {
    String known =
        present.stream()
            .map(member -> IpPrefix.text(member.address()))
            .collect(Collectors.joining(", "));
    return service
        + ": no real server "
        + IpPrefix.text(server)
        + " (expected: "
        + (known.isEmpty() ? "the service has none" : known)
        + ")";
  }

  private ServiceMembers present(ServiceKey service) {
    ServiceMembers found = services.get(service);
    if (found == null || found.removed()) {
      throw new IllegalArgumentException(
          "no service " + service + " (expected: an existing service)");
    }
    return found;
  }

  private Membership condition(
      ServiceKey service, InetAddress server, UnaryOperator<Condition> change) {
    Member before = member(service, server);
    Condition now = change.apply(before.condition());
    if (now.equals(before.condition())) {
      return this;
    }
    ServiceMembers members = present(service);
    List<Member> next =
        members.members().stream()
            .map(member -> member.slot() == before.slot() ? member.with(now) : member)
            .toList();
    return with(new ServiceMembers(members.service(), members.removed(), next));
  }

  /** Returns whether there are removed members or services, which {@link #reap} may release. */
  public boolean hasRemoved() {
    Boolean known = anyRemoved;
    if (known == null) {
      known =
          services.values().stream()
              .anyMatch(of -> of.removed() || of.members().stream().anyMatch(Member::isRemoved));
      anyRemoved = known;
    }
    return known;
  }

  /** Returns a membership without those removed members, and removed services, that are idle. */
  public Membership reap(Predicate<Member> idle) {
    if (!hasRemoved()) {
      return this; // also asked for when something else is due
    }
    var kept = new LinkedHashMap<ServiceKey, ServiceMembers>();
    for (ServiceMembers members : services.values()) {
      List<Member> staying =
          members.members().stream().filter(m -> !(m.isRemoved() && idle.test(m))).toList();
      if (!members.removed() || !staying.isEmpty()) {
        var next = new ServiceMembers(members.service(), members.removed(), staying);
        kept.put(members.service().key(), next);
      }
    }
    if (kept.equals(services)) {
      return this;
    }
    var next = new Membership(slots, ticker, kept, reachability);
    var known = new LinkedHashMap<>(reachability);
    known.keySet().retainAll(next.servers());
    return new Membership(slots, ticker, kept, known);
  }

  /** Removes services and puts others in their places; all others stay as they are. */
  private Membership change(Collection<ServiceKey> leaving, Collection<VirtualService> arriving) {
    var next = new LinkedHashMap<>(services);
    boolean any = false;
    for (ServiceKey key : leaving) {
      any |= put(next, removed(Objects.requireNonNull(services.get(key))));
    }
    var used = new FreeSlots(next.values());
    for (VirtualService service : arriving) {
      any |= put(next, placed(service, used));
    }
    if (used.isAsked()) {
      checkServers(next.values());
    }
    return any ? new Membership(slots, ticker, next, reachability) : this;
  }

  private void checkServers(Collection<ServiceMembers> members) {
    List<VirtualService> standing =
        members.stream().filter(each -> !each.removed()).map(ServiceMembers::service).toList();
    checkServers(standing, slots.maximumServers(), slots.count())
        .ifPresent(fault -> {
          throw new IllegalStateException(fault);
        });
  }

  /**
   * Returns what is wrong if services have more real servers, by their addresses, than there may
   * be, or more pairs of a service and a server.
   */
  public static Optional<String> checkServers(
      Collection<VirtualService> services, int maximumServers, int maximumPairs) {
    int pairs = services.stream().mapToInt(service -> service.realServers().size()).sum();
    if (pairs <= maximumServers) {
      return Optional.empty();
    }
    Set<InetAddress> servers = new HashSet<>();
    services.forEach(service -> service.realServers().forEach(s -> servers.add(s.address())));
    return servers.size() <= maximumServers && pairs <= maximumPairs
        ? Optional.empty()
        : Optional.of(
            "services: %d real servers (expected: at most %d) in %d pairs of service and server"
                    .formatted(servers.size(), maximumServers, pairs)
                + " (expected: at most %d; cure: run --max-servers, maximumServers)"
                    .formatted(maximumPairs));
  }

  /** Puts a service in its place; returns whether it is another one than before. */
  private boolean put(Map<ServiceKey, ServiceMembers> next, ServiceMembers changed) {
    ServiceMembers now = settled(changed);
    if (now.equals(services.get(now.service().key()))) {
      return false;
    }
    next.put(now.service().key(), now);
    return true;
  }

  private static ServiceMembers removed(ServiceMembers before) {
    FlowRemoval flows = before.service().rules().removal();
    return new ServiceMembers(
        before.service(), true, before.members().stream().map(m -> m.removed(flows)).toList());
  }

  private ServiceMembers placed(VirtualService service, FreeSlots free) {
    ServiceMembers before = services.get(service.key());
    var gone = new LinkedHashMap<InetAddress, Member>();
    if (before != null) {
      before.members().forEach(member -> gone.put(member.address(), member));
    }
    var members = new ArrayList<Member>();
    for (RealServer server : service.realServers()) {
      Member known = gone.remove(server.address());
      members.add(known != null ? known.configured(server) : arrive(server, free));
    }
    FlowRemoval flows = service.rules().removal();
    gone.values().forEach(member -> members.add(member.removed(flows)));
    members.sort(BY_ADDRESS);
    return new ServiceMembers(service, false, members);
  }

  /** The slots that nobody has, found out when the first one is asked for. */
  private static final class FreeSlots {

    private final Collection<ServiceMembers> holders;
    private @Nullable BitSet used;
    private int next;

    FreeSlots(Collection<ServiceMembers> holders) {
      this.holders = List.copyOf(holders);
    }

    /** Returns whether anybody has asked for one. */
    boolean isAsked() {
      return used != null;
    }

    /** Returns the lowest of them, which somebody has then. */
    int take() {
      BitSet taken = used;
      if (taken == null) {
        taken = new BitSet();
        for (ServiceMembers service : holders) {
          for (Member member : service.members()) {
            taken.set(member.slot());
          }
        }
        used = taken;
      }
      int slot = taken.nextClearBit(next);
      next = slot + 1;
      return slot;
    }
  }

  private Map<ServiceKey, VirtualService> standing() {
    Map<ServiceKey, VirtualService> standing = new LinkedHashMap<>();
    for (ServiceMembers members : services.values()) {
      if (!members.removed()) {
        standing.put(members.service().key(), members.service());
      }
    }
    return standing;
  }

  private Member arrive(RealServer server, FreeSlots free) {
    int slot = free.take();
    if (slot >= slots.count()) {
      throw new IllegalStateException(
          "no slot for real server "
              + IpPrefix.text(server.address())
              + ": all "
              + slots.count()
              + " are taken (expected: fewer pairs of service and server; removed servers count"
              + " until their last flow ends)");
    }
    return new Member(
        server,
        slot,
        slots.nextGeneration(slot),
        Condition.arriving(reachability.getOrDefault(server.address(), Reachability.UNRESOLVED)),
        ticker.nanos());
  }

  private Membership with(ServiceMembers changed) {
    var next = new LinkedHashMap<>(services);
    ServiceMembers before = next.put(changed.service().key(), settled(changed));
    return Objects.equals(before, next.get(changed.service().key()))
        ? this
        : new Membership(slots, ticker, next, reachability);
  }

  @SuppressWarnings("ReferenceEquality") // a member that stays is the same
  private Map<ServiceKey, ServiceMembers> change(UnaryOperator<Member> change) {
    var next = new LinkedHashMap<>(services);
    for (ServiceMembers each : services.values()) {
      List<Member> members = new ArrayList<>(each.members().size());
      boolean any = false;
      for (Member member : each.members()) {
        Member now = change.apply(member);
        any |= now != member;
        members.add(now);
      }
      if (any) {
        put(next, new ServiceMembers(each.service(), each.removed(), members));
      }
    }
    return next;
  }

  /** Opens and closes tiers, and notes who became able to take flows since this membership. */
  private ServiceMembers settled(ServiceMembers changed) {
    var working = new BitSet();
    ServiceMembers before = services.get(changed.service().key());
    if (before != null) {
      before.members().stream()
          .filter(m -> m.effectiveWeight() > 0)
          .forEach(m -> working.set(m.slot()));
    }
    long now = ticker.nanos();
    List<Member> members =
        Tiers.open(changed.members(), changed.service().rules().minimumServers()).stream()
            .map(m -> m.effectiveWeight() > 0 && !working.get(m.slot()) ? m.since(now) : m)
            .toList();
    return new ServiceMembers(changed.service(), changed.removed(), members);
  }
}
