package io.dsr.core.membership;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class EffectiveWeightTest {

  @Test
  void isTheConfiguredWeightOnlyOfAServerThatIsUpAndReachable() {
    List<String> may = new ArrayList<>();
    for (AdministrativeState administrative : AdministrativeState.values()) {
      for (Reachability reachability : Reachability.values()) {
        for (int configured : new int[] {0, 1, 7, 65_535}) {
          int weight = EffectiveWeight.of(configured, administrative, reachability);
          assertThat(weight).isIn(0, configured);
          if (weight > 0) {
            may.add(administrative + " " + reachability + " " + weight);
          }
        }
      }
    }

    assertThat(may).containsExactly("UP REACHABLE 1", "UP REACHABLE 7", "UP REACHABLE 65535");
  }
}
