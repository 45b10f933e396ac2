package io.dsr.core.membership;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.RealServer;
import io.dsr.core.ServiceRules;
import io.dsr.core.VirtualService;
import io.dsr.core.WeightReason;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class TiersTest {

  private static final int[] TIERS = {0, 1, 2, 7, 254, 255, 255};

  private final Slots slots = new Slots(16);

  @Test
  void openOneAfterTheOtherAndCloseAgain() {
    VirtualService service =
        VirtualService.tcp("192.0.2.10", 80)
            .realServer(RealServer.of("192.0.2.1"))
            .realServer(RealServer.of("192.0.2.2").tier(1))
            .realServer(RealServer.of("192.0.2.3").tier(9))
            .sorryServer("192.0.2.4");
    Membership all = Membership.empty(slots).put(service);
    for (RealServer server : service.realServers()) {
      all = all.reachability(server.address(), Reachability.REACHABLE);
    }

    assertThat(working(all)).containsExactly(0);
    assertThat(members(all).get(1).reason()).isEqualTo(WeightReason.STANDBY_TIER);
    assertThat(working(all.overload(Set.of(0)))).containsExactly(1);
    assertThat(working(all.overload(Set.of(0, 1)))).containsExactly(2);
    assertThat(working(all.overload(Set.of(0, 1, 2)))).containsExactly(3);
    assertThat(working(all.overload(Set.of(0, 1, 2, 3)))).isEmpty();
    assertThat(working(all.overload(Set.of(0)).overload(Set.of()))).containsExactly(0);
    assertThat(working(all.put(service.rules(ServiceRules.DEFAULT.minimumServers(2)))))
        .containsExactly(0, 1);
    assertThat(working(all.put(service.rules(ServiceRules.DEFAULT.minimumServers(9)))))
        .as("sorry servers do not help to reach the minimum")
        .containsExactly(0, 1, 2);
  }

  @Test
  void agreeWithASlowOracleWhateverHappens() {
    long seed = System.nanoTime();
    var random = new Random(seed);
    for (int round = 0; round < 200; round++) {
      Membership membership = Membership.empty(slots);
      for (int step = 0; step < 20; step++) {
        membership = changed(membership, random);
        for (ServiceMembers service : membership.services()) {
          for (Member member : service.members()) {
            assertThat(member.condition().tierOpen() && member.isAble())
                .as("seed %d, round %d, step %d: %s in %s", seed, round, step, member, service)
                .isEqualTo(member.isAble() && expected(member, service));
          }
        }
      }
      membership = membership.apply(List.of()).reap(member -> true);
      assertThat(membership.services()).isEmpty();
    }
  }

  private static Membership changed(Membership membership, Random random) {
    return switch (random.nextInt(4)) {
      case 0 -> membership.put(service(random));
      case 1 -> membership.overload(Set.of(random.nextInt(8), 8 + random.nextInt(8)));
      case 2 -> membership.overload(Set.of());
      default ->
          membership.reachability(
              InetAddress.ofLiteral("192.0.2." + (1 + random.nextInt(8))),
              random.nextInt(4) == 0 ? Reachability.UNREACHABLE : Reachability.REACHABLE);
    };
  }

  private static VirtualService service(Random random) {
    VirtualService service =
        VirtualService.tcp("192.0.2.10", 80 + random.nextInt(2))
            .rules(ServiceRules.DEFAULT.minimumServers(1 + random.nextInt(4)));
    for (int host = 1; host <= 8; host++) {
      if (random.nextInt(4) > 0) {
        RealServer server = RealServer.of("192.0.2." + host, random.nextInt(3));
        service = service.realServer(server.tier(TIERS[random.nextInt(TIERS.length)]));
      }
    }
    return service;
  }

  /** Counts, for each member anew, who could take flows in the tiers below its own. */
  private static boolean expected(Member member, ServiceMembers service) {
    int minimum =
        member.server().tier() == RealServer.SORRY_TIER
            ? 1
            : service.service().rules().minimumServers();
    int below = 0;
    for (Member other : service.members()) {
      if (other.server().tier() < member.server().tier()
          && other.configuredWeight() > 0
          && !other.isRemoved()
          && !other.condition().overloaded()
          && other.condition().reachability() == Reachability.REACHABLE) {
        below++;
      }
    }
    return below < minimum;
  }

  private static List<Member> members(Membership membership) {
    return membership.services().iterator().next().members();
  }

  private static List<Integer> working(Membership membership) {
    List<Integer> positions = new ArrayList<>();
    List<Member> members = members(membership);
    for (int i = 0; i < members.size(); i++) {
      if (members.get(i).effectiveWeight() > 0) {
        positions.add(i);
      }
    }
    return positions;
  }
}
