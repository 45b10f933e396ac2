package io.dsr.core.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dsr.core.RealServer;
import io.dsr.core.ServiceKey;
import io.dsr.core.VirtualService;
import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

final class MembershipTest {

  private static final InetAddress A = InetAddress.ofLiteral("192.0.2.21");
  private static final InetAddress B = InetAddress.ofLiteral("192.0.2.22");
  private static final VirtualService SERVICE =
      VirtualService.tcp("192.0.2.10", 80).realServer("192.0.2.21").realServer("192.0.2.22", 2);
  private static final ServiceKey KEY = SERVICE.key();

  private final Slots slots = new Slots(3);
  private final Membership empty = Membership.empty(slots);

  @Test
  void givesEachServerOfEachServiceASlotOfItsOwn() {
    Membership membership =
        empty.put(SERVICE).put(VirtualService.udp("192.0.2.10", 80).realServer("192.0.2.21"));

    assertThat(members(membership, 0)).extracting(Member::slot).containsExactly(0, 1);
    assertThat(members(membership, 1)).extracting(Member::slot).containsExactly(2);
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
    Membership one = both.put(SERVICE.realServers(List.of(RealServer.of("192.0.2.21"))));
    Membership again = one.reap(member -> true).put(SERVICE);

    Member before = members(both, 0).get(1);
    Member after = members(again, 0).get(1);
    assertThat(after.slot()).isEqualTo(before.slot());
    assertThat(after.generation()).isNotEqualTo(before.generation());
    assertThat(slots.generation(after.slot())).isEqualTo(after.generation());
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

  private static List<Member> members(Membership membership, int service) {
    return membership.services().stream().toList().get(service).members();
  }

  private static List<Integer> weights(Membership membership) {
    return members(membership, 0).stream().map(Member::effectiveWeight).toList();
  }
}
