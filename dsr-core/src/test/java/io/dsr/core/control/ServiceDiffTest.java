package io.dsr.core.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.IpPrefix;
import io.dsr.core.RealServer;
import io.dsr.core.VirtualService;
import io.dsr.core.membership.Member;
import io.dsr.core.membership.Membership;
import io.dsr.core.membership.Slots;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class ServiceDiffTest {

  private static final long SEED = 0x5ca1ab1eL;

  private final Slots slots = new Slots(512);
  private final ServiceDiff.Index index = new ServiceDiff.Index();

  @Test
  void findsWhatComesGoesAndChanges() {
    VirtualService web = VirtualService.tcp("192.0.2.10", 80).realServer("192.0.2.21");
    VirtualService tls = VirtualService.tcp("192.0.2.10", 443).realServer("192.0.2.22");
    VirtualService dns = VirtualService.udp("2001:db8::10", 53).realServer("2001:db8::21");
    Membership before = Membership.empty(slots).put(web).put(tls);
    step(Membership.empty(slots), before);

    ServiceDiff change =
        step(before, before.put(dns).put(tls.realServer("192.0.2.21")).remove(web.key()));

    assertThat(change.services()).hasSize(3);
    assertThat(change.vipsComing()).containsExactly(IpPrefix.parse("2001:db8::10"));
    assertThat(change.vipsGoing()).isEmpty();
    assertThat(change.serversComing()).containsExactly(InetAddress.ofLiteral("2001:db8::21"));
    assertThat(change.serversGoing()).isEmpty();
    assertThat(change.fresh())
        .extracting(member -> member.address().getHostAddress())
        .containsExactlyInAnyOrder("192.0.2.21", "2001:db8:0:0:0:0:0:21");
    assertThat(change.released()).isEmpty();
  }

  @Test
  void agreesWithAComparisonOfAllServicesWhateverTheChanges() {
    var random = new Random(SEED);
    Membership before = Membership.empty(slots);
    for (int round = 0; round < 2_000; round++) {
      Membership after = change(before, random);
      ServiceDiff change = step(before, after);

      String step = "seed " + SEED + ", round " + round + ": " + change;
      assertThat(change.vipsComing())
          .as(step)
          .isEqualTo(minus(after.vipPrefixes(), before.vipPrefixes()));
      assertThat(change.vipsGoing())
          .as(step)
          .isEqualTo(minus(before.vipPrefixes(), after.vipPrefixes()));
      assertThat(change.serversComing())
          .as(step)
          .isEqualTo(minus(after.servers(), before.servers()));
      assertThat(change.serversGoing())
          .as(step)
          .isEqualTo(minus(before.servers(), after.servers()));
      assertThat(holders(change.fresh()))
          .as(step)
          .isEqualTo(minus(holders(after), holders(before)));
      assertThat(holders(change.released()))
          .as(step)
          .isEqualTo(minus(holders(before), holders(after)));
      before = after;
    }
  }

  private Membership change(Membership membership, Random random) {
    int vip = 1 + random.nextInt(8);
    VirtualService service =
        random.nextBoolean()
            ? VirtualService.tcp("192.0.2." + vip, 80 + random.nextInt(3))
            : VirtualService.tcp("2001:db8::" + vip, 80 + random.nextInt(3));
    return switch (random.nextInt(4)) {
      case 0 -> membership.remove(service.key());
      case 1 -> membership.reap(_ -> random.nextBoolean());
      default -> {
        List<RealServer> servers = new ArrayList<>();
        for (int host = 21; host < 26; host++) {
          if (random.nextBoolean()) {
            String address = service.key().isIpv6() ? "2001:db8:1::" + host : "198.51.100." + host;
            servers.add(RealServer.of(address, random.nextInt(2)));
          }
        }
        yield membership.put(service.realServers(servers));
      }
    };
  }

  private ServiceDiff step(Membership before, Membership after) {
    ServiceDiff change = ServiceDiff.between(before, after, index);
    index.apply(change);
    change.fresh().forEach(member -> slots.begin(member.slot(), member.generation()));
    return change;
  }

  private static <T> Set<T> minus(Set<T> from, Set<T> what) {
    Set<T> left = new HashSet<>(from);
    left.removeAll(what);
    return left;
  }

  private static Set<String> holders(Membership membership) {
    List<Member> all = new ArrayList<>();
    membership.services().forEach(service -> all.addAll(service.members()));
    return holders(all);
  }

  private static Set<String> holders(List<Member> members) {
    Set<String> holders = new HashSet<>();
    members.forEach(m -> holders.add(m.slot() + "/" + m.generation() + " " + m.address()));
    return holders;
  }
}
