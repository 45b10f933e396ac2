package io.dsr.core.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dsr.core.FlowRemoval;
import io.dsr.core.RealServer;
import io.dsr.core.ServiceKey;
import io.dsr.core.ServiceRules;
import io.dsr.core.VirtualService;
import java.net.InetAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class MembershipTest {

  private static final InetAddress A = InetAddress.ofLiteral("192.0.2.21");
  private static final InetAddress B = InetAddress.ofLiteral("192.0.2.22");
  private static final VirtualService SERVICE =
      VirtualService.tcp("192.0.2.10", 80).realServer("192.0.2.21").realServer("192.0.2.22", 2);
  private static final ServiceKey KEY = SERVICE.key();

  private long now;
  private final Slots slots = new Slots(3);
  private final Membership empty = Membership.empty(slots, () -> now);

  @Test
  void givesEachServerOfEachServiceASlotOfItsOwn() {
    Membership membership =
        empty.put(SERVICE).put(VirtualService.udp("192.0.2.10", 80).realServer("192.0.2.21"));

    assertThat(members(membership, 0)).extracting(Member::slot).containsExactly(0, 1);
    assertThat(members(membership, 1)).extracting(Member::slot).containsExactly(2);
  }

  @Test
  void countsServersByTheirAddressesAndPairsApart() {
    var two = new Slots(4, 2);
    Membership membership =
        Membership.empty(two, () -> now)
            .put(SERVICE)
            .put(VirtualService.udp("192.0.2.10", 80).realServer("192.0.2.21"));

    assertThat(members(membership, 1)).extracting(Member::slot).containsExactly(2);
    VirtualService third = VirtualService.udp("192.0.2.11", 53).realServer("192.0.2.23");
    assertThatThrownBy(() -> membership.put(third))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "services: 3 real servers (expected: at most 2) in 4 pairs of service and server"
                + " (expected: at most 4; cure: run --max-servers, maximumServers)");
  }

  @Test
  void ordersMembersByAddressWhateverOrderTheyCameIn() {
    VirtualService reversed =
        SERVICE.realServers(List.of(SERVICE.realServers().get(1), SERVICE.realServers().get(0)));

    assertThat(members(empty.put(reversed), 0)).extracting(Member::address).containsExactly(A, B);
  }

  @Test
  void keepsTheSlotOfAServerThatStaysOrComesBackBeforeItsLastFlowHasGone() {
    Membership both = empty.put(SERVICE).reachability(B, Reachability.REACHABLE);
    Membership without = both.put(SERVICE.realServers(List.of(RealServer.of("192.0.2.21"))));
    Membership back = without.reap(member -> false).put(SERVICE);

    assertThat(members(without, 0).get(1).isRemoved()).isTrue();
    assertThat(members(back, 0)).isEqualTo(members(both, 0));
  }

  @Test
  void givesASlotAgainOnlyUnderAnotherGeneration() {
    Membership both = empty.put(SERVICE);
    publish(both);
    Membership one = both.put(SERVICE.realServers(List.of(RealServer.of("192.0.2.21"))));
    Membership again = one.reap(member -> true).put(SERVICE);

    Member before = members(both, 0).get(1);
    Member after = members(again, 0).get(1);
    assertThat(after.slot()).isEqualTo(before.slot());
    assertThat(after.generation()).isNotEqualTo(before.generation());
    assertThat(slots.generation(after.slot())).isEqualTo(before.generation());
    publish(again);
    assertThat(slots.generation(after.slot())).isEqualTo(after.generation());
  }

  /** Begins the generations of a membership, as when it is published. */
  private void publish(Membership membership) {
    membership
        .services()
        .forEach(service ->
            service.members().forEach(member -> slots.begin(member.slot(), member.generation())));
  }

  @Test
  void keepsARemovedServiceWhileOneOfItsServersHasFlows() {
    Membership removed = empty.put(SERVICE).remove(KEY);

    Membership busy = removed.reap(member -> member.address().equals(A));
    Membership idle = busy.reap(member -> true);

    assertThat(removed.service(KEY)).isNull();
    assertThat(removed.vips()).isEmpty();
    assertThat(busy.servers()).containsExactly(B);
    assertThat(idle.services()).isEmpty();
  }

  @Test
  void neverRevivesAnUnreachableServerByAnythingThatTheOperatorSays() {
    Membership dead =
        empty
            .put(SERVICE)
            .reachability(A, Reachability.REACHABLE)
            .reachability(B, Reachability.UNREACHABLE);

    Membership reloaded = dead.put(SERVICE.realServers(SERVICE.realServers()));
    Membership reweighted =
        dead.put(SERVICE.realServers(List.of(RealServer.of("192.0.2.22", 65_535))));
    Membership readded = dead.remove(KEY).put(SERVICE);

    assertThat(weights(dead)).containsExactly(1, 0);
    assertThat(weights(reloaded)).containsExactly(1, 0);
    assertThat(weights(reweighted)).containsExactly(0, 0);
    assertThat(weights(readded)).containsExactly(1, 0);
  }

  @Test
  void knowsAtOnceThatANewMemberIsReachableWhenItServesAnotherServiceAlready() {
    Membership membership =
        empty
            .put(SERVICE)
            .reachability(A, Reachability.REACHABLE)
            .put(VirtualService.udp("192.0.2.10", 53).realServer("192.0.2.21"));

    assertThat(members(membership, 1).getFirst().effectiveWeight()).isEqualTo(1);
  }

  @Test
  void refusesAServerForWhichThereIsNoSlotAndStaysAsItWas() {
    Membership two = empty.put(SERVICE);
    VirtualService more =
        VirtualService.tcp("192.0.2.11", 80).realServer("192.0.2.21").realServer("192.0.2.22");

    assertThatThrownBy(() -> two.put(more))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("192.0.2.22")
        .hasMessageContaining("all 3 are taken");
    assertThat(two.services()).hasSize(1);
  }

  @Test
  void knowsSinceWhenAServerCanTakeFlows() {
    now = 10;
    Membership fresh = empty.put(SERVICE);
    now = 20;
    Membership able = fresh.reachability(A, Reachability.REACHABLE);
    now = 30;
    VirtualService heavier = SERVICE.realServers(List.of(RealServer.of("192.0.2.21", 9)));
    Membership reweighted = able.put(heavier);
    Membership drained = reweighted.put(heavier.realServers(List.of(new RealServer(A, 0))));
    now = 40;

    assertThat(members(fresh, 0)).extracting(Member::sinceNanos).containsExactly(10L, 10L);
    assertThat(members(able, 0)).extracting(Member::sinceNanos).containsExactly(20L, 10L);
    assertThat(members(reweighted, 0).getFirst().sinceNanos()).isEqualTo(20);
    assertThat(members(drained.put(heavier), 0).getFirst().sinceNanos()).isEqualTo(40);
  }

  @Test
  void offersTheFateThatTheRulesGiveToFlowsOfRemovedServersAndKeepsThoseThatComeBack() {
    for (FlowRemoval removal : FlowRemoval.values()) {
      int removalPolicy = Slots.removalPolicy(removal);
      VirtualService service = SERVICE.rules(ServiceRules.DEFAULT.removal(removal));
      Membership both = empty.put(service);
      Membership one = both.put(service.realServers(List.of(RealServer.of("192.0.2.21"))));

      assertThat(members(both, 0))
          .extracting(m -> m.condition().removalPolicy())
          .containsOnly(Slots.KEEP);
      assertThat(members(one, 0))
          .extracting(m -> m.condition().removalPolicy())
          .containsExactly(Slots.KEEP, removalPolicy);
      assertThat(members(both.remove(KEY), 0))
          .extracting(m -> m.condition().removalPolicy())
          .containsOnly(removalPolicy);
      assertThat(members(one.put(service), 0)).isEqualTo(members(both, 0));
    }
  }

  @Test
  void marksExactlyTheGivenSlotsAsOverloaded() {
    Membership up =
        empty
            .put(SERVICE)
            .reachability(Map.of(A, Reachability.REACHABLE, B, Reachability.REACHABLE));
    Membership full = up.overload(Set.of(1));

    assertThat(weights(full)).containsExactly(1, 0);
    assertThat(weights(full.overload(Set.of(0)))).containsExactly(0, 2);
    assertThat(full.overload(Set.of(1))).isSameAs(full);
    assertThat(weights(full.put(SERVICE))).as("no limit any more").containsExactly(1, 2);
  }

  @Test
  void keepsItsPromisesThroughChangesAtRandom() {
    long seed = System.nanoTime();
    var random = new Random(seed);
    for (int round = 0; round < 100; round++) {
      Membership membership = Membership.empty(new Slots(64), () -> now);
      for (now = 1; now <= 30; now++) {
        String what = "seed " + seed + ", round " + round + ", step " + now;
        Membership before = told(membership, random);
        assertSlotsAreUnique(before, what);
        VirtualService service = random(random);
        membership =
            switch (random.nextInt(4)) {
              case 0 -> before.remove(service.key());
              case 1 -> before.reap(member -> random.nextBoolean());
              case 2 -> before.apply(List.of(service));
              default -> before.put(service);
            };
        assertSlotsAreUnique(membership, what);
        assertNobodyIsRevived(before, membership, what);
        assertOthersAreUntouched(before, before.put(service), service.key(), what);
        assertOthersAreUntouched(before, before.remove(service.key()), service.key(), what);
      }
    }
  }

  private static Membership told(Membership membership, Random random) {
    return membership
        .reachability(server(random).address(), reachability(random))
        .overload(Set.of(random.nextInt(8)));
  }

  private static void assertSlotsAreUnique(Membership membership, String what) {
    assertThat(membership.services().stream().flatMap(s -> s.members().stream()))
        .as(what)
        .extracting(Member::slot)
        .doesNotHaveDuplicates();
  }

  private static void assertOthersAreUntouched(
      Membership before, Membership after, ServiceKey changed, String what) {
    for (ServiceMembers service : after.services()) {
      if (!service.service().key().equals(changed)) {
        List<Member> earlier =
            before.services().stream()
                .filter(s -> s.service().key().equals(service.service().key()))
                .flatMap(s -> s.members().stream())
                .toList();
        assertThat(earlier).as(what).containsAll(service.members());
      }
    }
  }

  private static void assertNobodyIsRevived(Membership before, Membership after, String what) {
    var dead = new HashSet<InetAddress>();
    for (ServiceMembers service : before.services()) {
      service.members().stream()
          .filter(m -> m.condition().reachability() != Reachability.REACHABLE)
          .forEach(m -> dead.add(m.address()));
    }
    for (ServiceMembers service : after.services()) {
      for (Member member : service.members()) {
        if (member.effectiveWeight() > 0) {
          assertThat(dead).as(what).doesNotContain(member.address());
          assertThat(service.removed() || member.isRemoved()).as(what).isFalse();
          assertThat(service.service().realServers()).as(what).contains(member.server());
        }
      }
    }
  }

  private static VirtualService random(Random random) {
    VirtualService service = VirtualService.tcp("192.0.2.10", 80 + random.nextInt(3));
    List<RealServer> servers =
        random.ints(random.nextInt(6), 0, 8).distinct().mapToObj(i -> server(random, i)).toList();
    return service.realServers(servers);
  }

  private static RealServer server(Random random) {
    return server(random, random.nextInt(8));
  }

  private static RealServer server(Random random, int host) {
    RealServer server = RealServer.of("192.0.2." + (21 + host), random.nextInt(3));
    return server.tier(random.nextInt(2)).thresholds(random.nextInt(3), 0);
  }

  private static Reachability reachability(Random random) {
    return switch (random.nextInt(4)) {
      case 0 -> Reachability.UNRESOLVED;
      case 1 -> Reachability.UNREACHABLE;
      default -> Reachability.REACHABLE;
    };
  }

  private static List<Member> members(Membership membership, int service) {
    return membership.services().stream().toList().get(service).members();
  }

  private static List<Integer> weights(Membership membership) {
    return members(membership, 0).stream().map(Member::effectiveWeight).toList();
  }
}
