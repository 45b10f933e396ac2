package io.dsr.core.membership;

import io.dsr.core.FlowRemoval;
import io.dsr.core.IpPrefix;
import io.dsr.core.RealServer;
import io.dsr.core.ServiceKey;
import io.dsr.core.VirtualService;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Who serves what: every service with its members, as one immutable value.
 *
 * <p>A change returns a new membership and leaves the old one as it was, so a change that fails
 * later on is undone by forgetting it. Control thread, for slots are taken from {@link Slots}.
 */
public final class Membership {

  private static final Comparator<Member> BY_ADDRESS =
      Comparator.comparing(member -> member.address().getAddress(), Arrays::compareUnsigned);

  private final Slots slots;
  private final Map<ServiceKey, ServiceMembers> services;
  private final Map<InetAddress, Reachability> reachability;

  private Membership(
      Slots slots,
      Map<ServiceKey, ServiceMembers> services,
      Map<InetAddress, Reachability> reachability) {
    this.slots = slots;
    this.services = services;
    this.reachability = reachability;
  }

  /** Returns a membership of nobody, whose members will hold slots of {@code slots}. */
  public static Membership empty(Slots slots) {
    return new Membership(slots, Map.of(), Map.of());
  }

  /**
   * Returns every service in the order in which they came, removed ones that still have members
   * too.
   */
  public Collection<ServiceMembers> services() {
    return services.values();
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
   * Returns a membership with {@code service} in the place of any of the same key. A server of the
   * same address keeps its slot and with it its flows, even if it had been removed; one that is no
   * longer named is removed.
   *
   * @throws IllegalStateException if there is no free slot
   */
  public Membership put(VirtualService service) {
    ServiceMembers before = services.get(service.key());
    var gone = new LinkedHashMap<InetAddress, Member>();
    if (before != null) {
      before.members().forEach(member -> gone.put(member.address(), member));
    }
    checkOverlaps(service);
    FlowRemoval removal = service.rules().removal();
    BitSet used = usedSlots();
    var members = new ArrayList<Member>();
    for (RealServer server : service.realServers()) {
      Member known = gone.remove(server.address());
      members.add(
          known != null ? known.configured(server, removal) : arrive(server, removal, used));
    }
    gone.values().forEach(member -> members.add(member.removed(removal)));
    members.sort(BY_ADDRESS);
    return with(new ServiceMembers(service, false, members));
  }

  private void checkOverlaps(VirtualService service) {
    for (ServiceMembers present : services.values()) {
      boolean other = !present.removed() && !present.service().key().equals(service.key());
      if (other) {
        checkOverlap(service, present.service());
      }
    }
  }

  private static void checkOverlap(VirtualService service, VirtualService present) {
    for (ServiceKey mine : service.keys()) {
      for (ServiceKey theirs : present.keys()) {
        if (mine.conflictsWith(theirs)) {
          throw new IllegalArgumentException(
              mine + " overlaps " + theirs + " (expected: ports that are apart, or within)");
        }
      }
    }
    checkServers(service, present);
    checkServers(present, service);
  }

  private static void checkServers(VirtualService vips, VirtualService servers) {
    for (ServiceKey key : vips.keys()) {
      for (RealServer server : servers.realServers()) {
        if (key.vip().contains(server.address())) {
          throw new IllegalArgumentException(
              servers.key()
                  + ": real server "
                  + server.address().getHostAddress()
                  + " is a VIP of "
                  + key
                  + " (expected: an address of its own)");
        }
      }
    }
  }

  /**
   * Returns a membership without the service; its members are removed and keep their live flows.
   */
  public Membership remove(ServiceKey key) {
    ServiceMembers before = services.get(key);
    if (before == null) {
      return this;
    }
    return with(
        new ServiceMembers(
            before.service(),
            true,
            before.members().stream()
                .map(member -> member.removed(before.service().rules().removal()))
                .toList()));
  }

  /**
   * Returns a membership in which the server of that address has this reachability, in each
   * service.
   */
  public Membership reachability(InetAddress server, Reachability now) {
    var known = new LinkedHashMap<>(reachability);
    known.put(server, now);
    Membership next = map(m -> m.address().equals(server) ? m.reachability(now) : m);
    return new Membership(slots, next.services, known);
  }

  /** Returns a membership without those removed members, and removed services, that are idle. */
  public Membership reap(Predicate<Member> idle) {
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
    var next = new Membership(slots, kept, reachability);
    var known = new LinkedHashMap<>(reachability);
    known.keySet().retainAll(next.servers());
    return new Membership(slots, kept, known);
  }

  /** Returns a membership in which the members of these slots are overloaded, and no others. */
  public Membership overload(Set<Integer> slots) {
    return map(m -> m.overloaded() == slots.contains(m.slot()) ? m : m.overloaded(!m.overloaded()));
  }

  /**
   * Returns a membership whose members know since when they can take flows: those that could not in
   * {@code before} since now.
   */
  public Membership since(Membership before, long nowNanos) {
    Map<Integer, Member> known = new LinkedHashMap<>();
    before.services.values().forEach(s -> s.members().forEach(m -> known.put(m.slot(), m)));
    return map(m -> {
      Member old = known.get(m.slot());
      boolean could =
          old != null && old.generation() == m.generation() && old.effectiveWeight() > 0;
      return m.effectiveWeight() > 0 && !could ? m.since(nowNanos) : m;
    });
  }

  private Member arrive(RealServer server, FlowRemoval removal, BitSet used) {
    int slot = used.nextClearBit(0);
    if (slot >= slots.count()) {
      throw new IllegalStateException(
          "no slot for real server "
              + server.address().getHostAddress()
              + ": all "
              + slots.count()
              + " are taken (expected: fewer servers, or a higher limit of servers)");
    }
    used.set(slot);
    return new Member(
        server,
        slot,
        slots.nextGeneration(slot),
        AdministrativeState.UP,
        reachability.getOrDefault(server.address(), Reachability.UNRESOLVED),
        /* overloaded= */ false,
        /* tierOpen= */ true,
        Long.MIN_VALUE,
        removal);
  }

  private BitSet usedSlots() {
    var used = new BitSet();
    services.values().forEach(s -> s.members().forEach(m -> used.set(m.slot())));
    return used;
  }

  private Membership with(ServiceMembers changed) {
    var next = new LinkedHashMap<>(services);
    next.put(changed.service().key(), tiered(changed));
    return new Membership(slots, next, reachability);
  }

  private Membership map(Function<Member, Member> change) {
    var next = new LinkedHashMap<ServiceKey, ServiceMembers>();
    services.forEach((key, members) ->
        next.put(
            key,
            tiered(
                new ServiceMembers(
                    members.service(),
                    members.removed(),
                    members.members().stream().map(change).toList()))));
    return new Membership(slots, next, reachability);
  }

  private static ServiceMembers tiered(ServiceMembers members) {
    int minimum = members.service().rules().minimumServers();
    return new ServiceMembers(
        members.service(), members.removed(), Tiers.of(members.members(), minimum));
  }
}
