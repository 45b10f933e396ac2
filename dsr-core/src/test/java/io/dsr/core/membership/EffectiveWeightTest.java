package io.dsr.core.membership;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.RealServer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class EffectiveWeightTest {

  private static final boolean[] BOTH = {false, true};

  @Test
  void isTheConfiguredWeightOnlyIfNothingStandsAgainstANewFlow() {
    List<String> may = new ArrayList<>();
    for (Member member : combinations()) {
      int weight = member.effectiveWeight();
      assertThat(weight).isIn(0, member.configuredWeight());
      if (weight > 0) {
        may.add(
            member.administrative()
                + " "
                + member.reachability()
                + (member.overloaded() ? " full " : " ")
                + (member.tierOpen() ? "open " : "closed ")
                + weight);
      }
    }

    assertThat(may)
        .containsExactly("UP REACHABLE open 1", "UP REACHABLE open 7", "UP REACHABLE open 65535");
  }

  @Test
  void hasAReasonInWordsExactlyWhenItIsZero() {
    List<String> reasons = new ArrayList<>();
    for (Member member : combinations()) {
      String reason = member.reason();
      assertThat(reason.isEmpty()).as("%s", member).isEqualTo(member.effectiveWeight() > 0);
      if (member.configuredWeight() == 7) {
        reasons.add(reason);
      }
    }

    String tier = "tier 3 stands by";
    String full = "overloaded";
    assertThat(reasons)
        .containsExactly(
            "unresolved",
            "unresolved",
            "unresolved",
            "unresolved",
            tier,
            "",
            full,
            full,
            "unreachable",
            "unreachable",
            "unreachable",
            "unreachable",
            "removed",
            "removed",
            "removed",
            "removed",
            "removed",
            "removed",
            "removed",
            "removed",
            "removed",
            "removed",
            "removed",
            "removed");
  }

  @Test
  void ofADrainingServerIsExplainedByTheDrainButOfARemovedOneByTheRemoval() {
    for (Member member : combinations()) {
      if (member.configuredWeight() == 0) {
        assertThat(member.reason()).isEqualTo(member.isRemoved() ? "removed" : "draining");
      }
    }
  }

  private static List<Member> combinations() {
    List<Member> all = new ArrayList<>();
    for (AdministrativeState administrative : AdministrativeState.values()) {
      for (Reachability reachability : Reachability.values()) {
        for (boolean overloaded : BOTH) {
          for (boolean open : BOTH) {
            for (int weight : new int[] {0, 1, 7, 65_535}) {
              RealServer server = RealServer.of("192.0.2.21", weight).tier(3);
              all.add(
                  new Member(
                      server, 0, 1, administrative, reachability, overloaded, open, Slots.KEEP, 0));
            }
          }
        }
      }
    }
    return all;
  }
}
