package io.dsr.core.membership;

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
    BitSet used = usedSlots();
    var members = new ArrayList<Member>();
    for (RealServer server : service.realServers()) {
      Member known = gone.remove(server.address());
      members.add(known != null ? known.configured(server.weight()) : arrive(server, used));
    }
    gone.values().forEach(member -> members.add(member.removed()));
    members.sort(BY_ADDRESS);
    return with(new ServiceMembers(service, false, members));
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
            before.service(), true, before.members().stream().map(Member::removed).toList()));
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

  private Member arrive(RealServer server, BitSet used) {
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
        server.address(),
        slot,
        slots.nextGeneration(slot),
        server.weight(),
        AdministrativeState.UP,
        reachability.getOrDefault(server.address(), Reachability.UNRESOLVED));
  }

  private BitSet usedSlots() {
    var used = new BitSet();
    services.values().forEach(s -> s.members().forEach(m -> used.set(m.slot())));
    return used;
  }

  private Membership with(ServiceMembers changed) {
    var next = new LinkedHashMap<>(services);
    next.put(changed.service().key(), changed);
    return new Membership(slots, next, reachability);
  }

  private Membership map(Function<Member, Member> change) {
    var next = new LinkedHashMap<ServiceKey, ServiceMembers>();
    services.forEach((key, members) ->
        next.put(
            key,
            new ServiceMembers(
                members.service(),
                members.removed(),
                members.members().stream().map(change).toList())));
    return new Membership(slots, next, reachability);
  }
}
