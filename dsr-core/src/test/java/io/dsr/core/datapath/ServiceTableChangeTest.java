package io.dsr.core.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.HashKey;
import io.dsr.core.IpPrefix;
import io.dsr.core.PortRange;
import io.dsr.core.Protocol;
import io.dsr.core.RealServer;
import io.dsr.core.ServiceKey;
import io.dsr.core.VirtualService;
import io.dsr.core.control.ServiceTableBuilder;
import io.dsr.core.flow.FlowKey;
import io.dsr.core.frame.Addresses;
import io.dsr.core.membership.Membership;
import io.dsr.core.membership.OverloadDetector;
import io.dsr.core.membership.Reachability;
import io.dsr.core.membership.ServerCounters;
import io.dsr.core.membership.ServiceMembers;
import io.dsr.core.membership.Slots;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A table that was made from another one is as one that was made from nothing. */
@SuppressWarnings("ReferenceEquality") // what stays is the very object
final class ServiceTableChangeTest {

  private static final int SLOTS = 256;
  private static final List<PortRange> PORTS =
      List.of(
          PortRange.of(80),
          PortRange.of(443),
          new PortRange(1_000, 1_999),
          new PortRange(1_200, 1_299),
          PortRange.ANY);

  private final Slots slots = new Slots(SLOTS);
  private final ServiceTableBuilder builder =
      new ServiceTableBuilder(
          List.of(new OverloadDetector(new ServerCounters(SLOTS), SLOTS)),
          HashKey.PLACEMENT,
          () -> 0,
          100);

  @Test
  void answersAsATableThatIsMadeFromNothingWhateverTheChanges() {
    long seed = System.nanoTime();
    var random = new Random(seed);
    Membership membership = Membership.empty(slots);
    ServiceTable table = ServiceTable.EMPTY;
    for (int round = 0; round < 1_000; round++) {
      Membership next = change(membership, random);
      ServiceTable changed = builder.serviceTable(next, table);
      List<ServiceMembers> removed =
          next.services().stream().filter(ServiceMembers::removed).toList();
      ServiceTable fresh = new ServiceTable(changed.services(), removed, next.vipPrefixes());

      String what = "seed " + seed + ", round " + round;
      compare(changed, fresh, what);
      Set<ServiceKey> visited = new HashSet<>();
      changed.forEachChanged(table, service -> visited.add(service.key()));
      for (ServiceEntry service : changed.services()) {
        boolean same = table.service(service.key()) == service;
        assertThat(visited.contains(service.key())).as(what).isEqualTo(!same);
        if (next.members(service.key()) == membership.members(service.key())) {
          assertThat(same).as("%s: kept", what).isTrue();
        }
      }
      next.services()
          .forEach(service ->
              service.members().forEach(member -> slots.begin(member.slot(), member.generation())));
      membership = next;
      table = changed;
    }
  }

  private static Membership change(Membership membership, Random random) {
    List<VirtualService> standing = new ArrayList<>();
    membership
        .services()
        .forEach(service -> {
          if (!service.removed()) {
            standing.add(service.service());
          }
        });
    return switch (random.nextInt(standing.isEmpty() ? 2 : 8)) {
      case 0, 1 -> membership.put(service(random));
      case 2 -> membership.remove(standing.get(random.nextInt(standing.size())).key());
      case 3 -> membership.reap(_ -> random.nextBoolean());
      case 4 ->
          membership.reachability(
              InetAddress.ofLiteral("198.51.100." + (21 + random.nextInt(5))),
              random.nextBoolean() ? Reachability.REACHABLE : Reachability.UNREACHABLE);
      default -> {
        VirtualService one = standing.get(random.nextInt(standing.size()));
        yield membership.put(one.realServers(servers(one.key().isIpv6(), random)));
      }
    };
  }

  private static VirtualService service(Random random) {
    boolean ipv6 = random.nextBoolean();
    String vip = (ipv6 ? "2001:db8::" : "192.0.2.") + (1 + random.nextInt(4));
    var key =
        new ServiceKey(Protocol.TCP, IpPrefix.parse(vip), PORTS.get(random.nextInt(PORTS.size())));
    return VirtualService.of(key).realServers(servers(ipv6, random));
  }

  private static List<RealServer> servers(boolean ipv6, Random random) {
    List<RealServer> servers = new ArrayList<>();
    for (int host = 21; host < 26; host++) {
      if (random.nextBoolean()) {
        String address = (ipv6 ? "2001:db8:1::" : "198.51.100.") + host;
        servers.add(RealServer.of(address, random.nextInt(3)).vlan(random.nextInt(8) == 0 ? 7 : 0));
      }
    }
    return servers;
  }

  private static void compare(ServiceTable changed, ServiceTable fresh, String what) {
    var flow = new FlowKey(HashKey.PLACEMENT);
    for (int vip = 0; vip < 6; vip++) {
      for (int port : new int[] {79, 80, 443, 999, 1_000, 1_200, 1_299, 1_300, 1_999, 2_000}) {
        flow.ipv4(1, Addresses.ipv4("192.0.2." + vip), 1, port, 6);
        compare(changed, fresh, flow, what);
        String wide = "2001:db8::" + vip;
        flow.ipv6(1, 1, Addresses.ipv6(wide, 0), Addresses.ipv6(wide, 1)).transport(1, port, 6);
        compare(changed, fresh, flow, what);
      }
    }
    for (int slot = 0; slot < SLOTS; slot++) {
      assertThat(changed.ofSlot(slot)).as(what).isSameAs(fresh.ofSlot(slot));
      assertThat(changed.vlan(slot)).as(what).isEqualTo(fresh.vlan(slot));
    }
    assertThat(changed.hasIpv4()).as(what).isEqualTo(fresh.hasIpv4());
    assertThat(changed.hasIpv6()).as(what).isEqualTo(fresh.hasIpv6());
  }

  private static void compare(ServiceTable changed, ServiceTable fresh, FlowKey flow, String what) {
    assertThat(changed.isVip(flow)).as(what).isEqualTo(fresh.isVip(flow));
    assertThat(changed.service(flow)).as(what).isSameAs(fresh.service(flow));
  }
}
