package io.dsr.core.membership;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.Health;
import io.dsr.core.RealServer;
import io.dsr.core.WeightReason;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

final class EffectiveWeightTest {

  private static final boolean[] BOTH = {false, true};
  private static final int[] WEIGHTS = {0, 1, 7, 65_535};
  private static final OptionalInt NONE = OptionalInt.empty();
  private static final List<Health> HEALTHS =
      List.of(Health.UNKNOWN, Health.up("HTTP 200"), Health.down("HTTP 503"));

  @Test
  void isTheIntendedWeightOnlyIfNothingStandsAgainstANewFlow() {
    Set<String> may = new TreeSet<>();
    for (Member member : combinations()) {
      int weight = member.effectiveWeight();
      assertThat(weight).isIn(0, member.intendedWeight());
      if (weight > 0) {
        Condition condition = member.condition();
        may.add(
            condition.administrative()
                + " "
                + condition.reachability()
                + " "
                + condition.health().state()
                + (condition.overloaded() ? " full " : " ")
                + (condition.tierOpen() ? "open" : "closed"));
      }
    }

    assertThat(may).containsExactly("UP REACHABLE UNKNOWN open", "UP REACHABLE UP open");
  }

  @Test
  void hasTheFirstReasonThatHolds() {
    Map<WeightReason, Predicate<Member>> rules = new LinkedHashMap<>();
    rules.put(
        WeightReason.REMOVED, m -> m.condition().administrative() == AdministrativeState.REMOVED);
    rules.put(
        WeightReason.DRAINING, m -> m.condition().administrative() == AdministrativeState.DRAINING);
    rules.put(
        WeightReason.UNRESOLVED, m -> m.condition().reachability() == Reachability.UNRESOLVED);
    rules.put(
        WeightReason.UNREACHABLE, m -> m.condition().reachability() == Reachability.UNREACHABLE);
    rules.put(WeightReason.UNHEALTHY, m -> m.condition().health().state() == Health.State.DOWN);
    rules.put(WeightReason.OVERLOADED, m -> m.condition().overloaded() && m.intendedWeight() > 0);
    rules.put(WeightReason.STANDBY_TIER, m -> !m.condition().tierOpen() && m.intendedWeight() > 0);
    rules.put(WeightReason.OVERRIDDEN, m -> m.condition().override().isPresent());
    rules.put(WeightReason.CONFIGURED, m -> true);
    Set<WeightReason> met = new TreeSet<>();

    for (Member member : combinations()) {
      WeightReason expected =
          rules.entrySet().stream()
              .filter(rule -> rule.getValue().test(member))
              .findFirst()
              .orElseThrow()
              .getKey();
      assertThat(member.reason()).as("%s", member).isEqualTo(expected);
      met.add(expected);
    }

    assertThat(rules.keySet()).containsExactly(WeightReason.values());
    assertThat(met).containsExactly(WeightReason.values());
  }

  @Test
  void isHeldAtZeroByEveryReasonButTheTwoThatNameAWeight() {
    for (Member member : combinations()) {
      EffectiveWeight weight = EffectiveWeight.of(member.configuredWeight(), member.condition());
      int expected =
          switch (weight.reason()) {
            case CONFIGURED -> member.configuredWeight();
            case OVERRIDDEN -> member.condition().override().orElseThrow();
            default -> 0;
          };
      assertThat(weight.weight()).as("%s", member).isEqualTo(expected);
    }
  }

  @Test
  void letsClientsStayWithAServerThatIsQuietButNotWithOneThatIsGoneOrSick() {
    Condition up = Condition.arriving(Reachability.REACHABLE);

    assertThat(up.keepsClients()).isTrue();
    assertThat(up.administrative(AdministrativeState.DRAINING).keepsClients()).isTrue();
    assertThat(up.override(OptionalInt.of(0)).keepsClients()).isTrue();
    assertThat(up.overloaded(true).keepsClients()).isTrue();
    assertThat(up.tierOpen(false).keepsClients()).isTrue();
    assertThat(up.health(Health.up("")).keepsClients()).isTrue();
    assertThat(up.health(Health.down("")).keepsClients()).isFalse();
    assertThat(up.reachability(Reachability.UNREACHABLE).keepsClients()).isFalse();
    assertThat(up.reachability(Reachability.UNRESOLVED).keepsClients()).isFalse();
    assertThat(up.administrative(AdministrativeState.REMOVED).keepsClients()).isFalse();
  }

  private static List<Member> combinations() {
    List<Member> all = new ArrayList<>();
    for (AdministrativeState administrative : AdministrativeState.values()) {
      for (Reachability reachability : Reachability.values()) {
        for (Health health : HEALTHS) {
          for (boolean overloaded : BOTH) {
            for (boolean open : BOTH) {
              for (OptionalInt override : List.of(NONE, OptionalInt.of(0), OptionalInt.of(9))) {
                var condition =
                    new Condition(
                        administrative,
                        reachability,
                        health,
                        overloaded,
                        open,
                        override,
                        Slots.KEEP);
                for (int weight : WEIGHTS) {
                  RealServer server = RealServer.of("192.0.2.21", weight).tier(3);
                  all.add(new Member(server, 0, 1, condition, 0));
                }
              }
            }
          }
        }
      }
    }
    return all;
  }
}
