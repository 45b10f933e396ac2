package io.dsr.core.datapath;

import io.dsr.core.IpPrefix;
import io.dsr.core.PortRange;
import io.dsr.core.Protocol;
import io.dsr.core.ServiceKey;
import io.dsr.core.Verdict;
import io.dsr.core.flow.FlowKey;
import io.dsr.core.membership.Member;
import io.dsr.core.membership.ServiceMembers;
import io.dsr.core.persistence.PersistenceTable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * All services as one event loop sees them: found by destination address, port and protocol.
 *
 * <p>The longest prefix wins, then the protocol by its name, then the fewest ports; where a prefix
 * has no service for the port, a shorter one may have. A search costs one look for a single port,
 * one for ranges, one for any port and one for any protocol at each length of prefix that occurs. A
 * kernel fast path holds single VIPs and ports as a hash map, and hands the rest up.
 *
 * <p>Immutable; made on the control thread, replaced as a whole.
 */
public final class ServiceTable {

  /** No service, no VIP. */
  public static final ServiceTable EMPTY = new ServiceTable(List.of(), List.of(), Set.of());

  private static final int WORDS = 3;
  private static final int ANY_PORT = 0;
  private static final int RANGES = 0x1_0000;
  private static final int VIP = 0x1_0001;
  private static final long PRESENT = 1L << 40;
  private static final long IPV6 = 1L << 41;
  private static final int LENGTH_SHIFT = 48;

  /** Per bucket: address high, address low, and length, family, port and protocol. */
  private final long[] keys;

  private final @Nullable ServiceEntry[] values;
  private final @Nullable PortMap[] ranges;
  private final IpPrefix[] ipv4Lengths;
  private final IpPrefix[] ipv6Lengths;

  /** Where in {@link #inOrder} each service is. */
  private final Map<ServiceKey, Integer> places;

  private final ServiceEntry[] inOrder;
  private final @Nullable ServiceEntry[] bySlot;

  /** By slot; as long as the greatest slot with a VLAN. */
  private final char[] vlans;

  /** Makes a service table of services, and of VIPs that have none just now. */
  ServiceTable(List<ServiceEntry> planned, List<ServiceMembers> removed, Set<IpPrefix> vips) {
    int entries = vips.size();
    for (ServiceEntry service : planned) {
      entries += 2 * service.keys().size();
    }
    int buckets = Integer.highestOneBit(Math.max(4, entries * 4 - 1)) * 2;
    this.keys = new long[buckets * WORDS];
    this.values = new ServiceEntry[buckets];
    this.ranges = new PortMap[buckets];
    this.ipv4Lengths = PrefixMap.longestFirst(vips, false);
    this.ipv6Lengths = PrefixMap.longestFirst(vips, true);
    Map<ServiceKey, Integer> byKey = new HashMap<>();
    Map<Integer, List<PortMap.Entry>> ranged = new HashMap<>();
    for (ServiceEntry service : planned) {
      byKey.put(service.key(), byKey.size());
      service.keys().forEach(key -> put(key, service, ranged));
    }
    ranged.forEach((bucket, theirs) -> ranges[bucket] = new PortMap(theirs));
    vips.forEach(vip -> put(vip, transport(VIP, 0)));
    this.places = Map.copyOf(byKey);
    this.inOrder = planned.toArray(ServiceEntry[]::new);
    this.bySlot = bySlot(planned);
    this.vlans = vlans(planned, removed);
  }

  /** Makes a service table of the same keys as another, with other services in some places. */
  private ServiceTable(
      ServiceTable before,
      List<ServiceEntry> planned,
      List<ServiceMembers> removed,
      List<Integer> changed) {
    this.keys = before.keys;
    this.ipv4Lengths = before.ipv4Lengths;
    this.ipv6Lengths = before.ipv6Lengths;
    this.places = before.places;
    this.values = before.values.clone();
    this.ranges = before.ranges.clone();
    this.inOrder = planned.toArray(ServiceEntry[]::new);
    int slots = before.bySlot.length;
    boolean tagged = before.vlans.length > 0;
    for (int place : changed) {
      slots = Math.max(slots, inOrder[place].slots());
      tagged |= hasVlan(inOrder[place].members());
    }
    for (ServiceMembers members : removed) {
      tagged |= hasVlan(members);
    }
    this.bySlot = Arrays.copyOf(before.bySlot, slots);
    for (int place : changed) {
      for (Member member : before.inOrder[place].members().members()) {
        bySlot[member.slot()] = null;
      }
    }
    for (int place : changed) {
      replace(before.inOrder[place], inOrder[place]);
    }
    this.vlans = tagged ? vlans(planned, removed) : before.vlans;
  }

  /**
   * Returns a service table of services, made with as much of another as still holds: if the keys
   * are the same, in the same order, its cost is that of copying a few arrays.
   *
   * @param removed services that take no new flow, whose members may have old ones
   * @param vips all VIPs, asked for if there are others than before
   */
  @SuppressWarnings({"ReferenceEquality", "exports"}) // the same need not be looked at
  public static ServiceTable of(
      ServiceTable before,
      List<ServiceEntry> planned,
      List<ServiceMembers> removed,
      Supplier<Set<IpPrefix>> vips) {
    if (planned.size() != before.inOrder.length) {
      return new ServiceTable(planned, removed, vips.get());
    }
    List<Integer> changed = new ArrayList<>();
    for (int place = 0; place < before.inOrder.length; place++) {
      ServiceEntry was = before.inOrder[place];
      ServiceEntry now = planned.get(place);
      if (was != now) {
        if (!was.keys().equals(now.keys())) {
          return new ServiceTable(planned, removed, vips.get());
        }
        changed.add(place);
      }
    }
    return new ServiceTable(before, planned, removed, changed);
  }

  private static boolean hasVlan(ServiceMembers service) {
    return service.members().stream().anyMatch(member -> member.server().vlan() != 0);
  }

  @SuppressWarnings("ReferenceEquality") // this very service
  private void replace(ServiceEntry was, ServiceEntry now) {
    for (ServiceKey key : now.keys()) {
      PortRange ports = key.ports();
      int number = key.protocol().number();
      boolean any = ports.equals(PortRange.ANY);
      long transport =
          any || ports.isSingle()
              ? transport(any ? ANY_PORT : ports.first(), number)
              : transport(RANGES, number);
      IpPrefix vip = key.vip();
      int bucket = find(vip.high(), vip.low(), network(vip.isIpv6(), vip.length()) | transport);
      PortMap map = ranges[bucket];
      if (map == null) {
        values[bucket] = now;
      } else {
        ranges[bucket] = map.replace(owner -> owner == was ? now : owner);
      }
    }
    now.members().members().forEach(member -> bySlot[member.slot()] = now);
  }

  /** Returns the service whose first key that is, or null. Control thread. */
  @SuppressWarnings("exports") // called by our own modules alone
  public @Nullable ServiceEntry service(ServiceKey key) {
    Integer place = places.get(key);
    return place == null ? null : inOrder[place];
  }

  /** Returns the service in a place of the order in which services came, or null. */
  public @Nullable ServiceEntry inPlace(int place) {
    return place < inOrder.length ? inOrder[place] : null;
  }

  /** Visits each service that is not as it stands in another service table, new ones too. */
  @SuppressWarnings("ReferenceEquality") // equal ones are other ones: their pickers have a state
  void forEachChanged(ServiceTable before, Consumer<ServiceEntry> visitor) {
    for (int i = 0; i < inOrder.length; i++) {
      ServiceEntry service = inOrder[i];
      boolean inPlace = i < before.inOrder.length && before.inOrder[i] == service;
      if (!inPlace && before.service(service.key()) != service) {
        visitor.accept(service);
      }
    }
  }

  /** Returns how many services have pickers of servers that are no longer theirs. */
  public int staleEntries() {
    int stale = 0;
    for (ServiceEntry each : inOrder) {
      stale += each.isStale() ? 1 : 0;
    }
    return stale;
  }

  /** Returns all services, in the order in which they came. */
  public List<ServiceEntry> services() {
    return List.of(inOrder);
  }

  /** Returns who took which client before, by the first key of each service with persistence. */
  @SuppressWarnings("exports") // called by our own modules alone
  public Map<ServiceKey, PersistenceTable> persistenceTables() {
    Map<ServiceKey, PersistenceTable> tables = new HashMap<>();
    for (ServiceEntry service : inOrder) {
      PersistenceTable table = service.persistence();
      if (table != null) {
        tables.put(service.key(), table);
      }
    }
    return tables;
  }

  /** Returns whether any VIP is an IPv6 one. */
  public boolean hasIpv6() {
    return ipv6Lengths.length > 0;
  }

  /** Returns whether any VIP is an IPv4 one. */
  public boolean hasIpv4() {
    return ipv4Lengths.length > 0;
  }

  /** Returns the service that the flow is for, or null. */
  @SuppressWarnings("exports") // called by our own modules alone
  public @Nullable ServiceEntry service(FlowKey flow) {
    boolean wide = flow.isIpv6();
    int protocol = flow.protocol();
    int port = flow.destinationPort();
    for (IpPrefix vip : wide ? ipv6Lengths : ipv4Lengths) {
      long high = flow.destinationHigh() & vip.highMask();
      long low = flow.destinationLow() & vip.lowMask();
      long network = network(wide, vip.length());
      int bucket = find(high, low, network | transport(port, protocol));
      if (bucket < 0) {
        bucket = find(high, low, network | transport(RANGES, protocol));
        ServiceEntry ranged = bucket < 0 ? null : ranged(bucket, port);
        if (ranged != null) {
          return ranged;
        }
        bucket = find(high, low, network | transport(ANY_PORT, protocol));
      }
      if (bucket < 0) {
        bucket = find(high, low, network | transport(ANY_PORT, Protocol.ANY.number()));
      }
      if (bucket >= 0) {
        return values[bucket];
      }
    }
    return null;
  }

  private @Nullable ServiceEntry ranged(int bucket, int port) {
    PortMap found = ranges[bucket];
    return found == null ? null : found.find(port);
  }

  /** Returns whether the destination of {@code flow} is one of our virtual IPs. */
  @SuppressWarnings("exports") // called by our own modules alone
  public boolean isVip(FlowKey flow) {
    boolean wide = flow.isIpv6();
    for (IpPrefix vip : wide ? ipv6Lengths : ipv4Lengths) {
      long high = flow.destinationHigh() & vip.highMask();
      long low = flow.destinationLow() & vip.lowMask();
      if (find(high, low, network(wide, vip.length()) | transport(VIP, 0)) >= 0) {
        return true;
      }
    }
    return false;
  }

  /** Returns the verdict about a flow that no service is for. */
  Verdict unserved(FlowKey flow) {
    if (!isVip(flow)) {
      return Verdict.PASS_NOT_OURS;
    }
    return FrameClassifier.hasPorts(flow.protocol())
        ? Verdict.DROP_NO_SERVICE
        : Verdict.DROP_PROTOCOL;
  }

  /** Returns the service that a server slot belongs to, or null. */
  public @Nullable ServiceEntry ofSlot(int slot) {
    return slot < bySlot.length ? bySlot[slot] : null;
  }

  /** Returns the VLAN to which frames for the server of that slot are moved, or 0. */
  int vlan(int slot) {
    return slot < vlans.length ? vlans[slot] : 0;
  }

  private static char[] vlans(List<ServiceEntry> planned, List<ServiceMembers> removed) {
    List<Member> tagged =
        Stream.concat(planned.stream().map(ServiceEntry::members), removed.stream())
            .flatMap(service -> service.members().stream())
            .filter(member -> member.server().vlan() != 0)
            .toList();
    char[] vlans = new char[tagged.stream().mapToInt(Member::slot).max().orElse(-1) + 1];
    tagged.forEach(member -> vlans[member.slot()] = (char) member.server().vlan());
    return vlans;
  }

  private void put(ServiceKey key, ServiceEntry service, Map<Integer, List<PortMap.Entry>> ranged) {
    PortRange ports = key.ports();
    int number = key.protocol().number();
    if (ports.isSingle()) {
      values[put(key.vip(), transport(ports.first(), number))] = service;
    } else if (ports.equals(PortRange.ANY)) {
      values[put(key.vip(), transport(ANY_PORT, number))] = service;
    } else {
      int bucket = put(key.vip(), transport(RANGES, number));
      ranged.computeIfAbsent(bucket, _ -> new ArrayList<>()).add(new PortMap.Entry(ports, service));
    }
  }

  private int put(IpPrefix vip, long transport) {
    long rest = network(vip.isIpv6(), vip.length()) | transport;
    int bucket = home(vip.high(), vip.low(), rest);
    while (keys[bucket * WORDS + 2] != 0 && !is(bucket, vip.high(), vip.low(), rest)) {
      bucket = (bucket + 1) & (values.length - 1);
    }
    keys[bucket * WORDS] = vip.high();
    keys[bucket * WORDS + 1] = vip.low();
    keys[bucket * WORDS + 2] = rest;
    return bucket;
  }

  private int find(long high, long low, long rest) {
    int bucket = home(high, low, rest);
    while (keys[bucket * WORDS + 2] != 0) {
      if (is(bucket, high, low, rest)) {
        return bucket;
      }
      bucket = (bucket + 1) & (values.length - 1);
    }
    return -1;
  }

  private boolean is(int bucket, long high, long low, long rest) {
    return keys[bucket * WORDS] == high
        && keys[bucket * WORDS + 1] == low
        && keys[bucket * WORDS + 2] == rest;
  }

  private int home(long high, long low, long rest) {
    return PrefixMap.home(high, low, rest) & (values.length - 1);
  }

  private static long network(boolean wide, int length) {
    return PRESENT | (wide ? IPV6 : 0) | ((long) length << LENGTH_SHIFT);
  }

  private static long transport(int port, int protocol) {
    return ((long) port << 8) | protocol;
  }

  private static @Nullable ServiceEntry[] bySlot(List<ServiceEntry> planned) {
    int slots = 0;
    for (ServiceEntry service : planned) {
      slots = Math.max(slots, service.slots());
    }
    var bySlot = new ServiceEntry[slots];
    for (ServiceEntry service : planned) {
      service.members().members().forEach(member -> bySlot[member.slot()] = service);
    }
    return bySlot;
  }
}
