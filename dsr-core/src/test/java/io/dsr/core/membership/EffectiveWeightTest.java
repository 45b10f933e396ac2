package io.dsr.core.membership;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class EffectiveWeightTest {

  @Test
  void isTheConfiguredWeightOnlyWhereNothingStandsAgainstIt() {
    List<String> may = new ArrayList<>();
    for (AdministrativeState administrative : AdministrativeState.values()) {
      for (Reachability reachability : Reachability.values()) {
        for (int flags = 0; flags < 4; flags++) {
          boolean full = (flags & 1) != 0;
          boolean open = (flags & 2) != 0;
          for (int configured : new int[] {0, 1, 7, 65_535}) {
            int weight = EffectiveWeight.of(configured, administrative, reachability, full, open);
            assertThat(weight).isIn(0, configured);
            if (weight > 0) {
              may.add(administrative + " " + reachability + " " + full + " " + open + " " + weight);
            }
          }
        }
      }
    }

    assertThat(may)
        .containsExactly(
            "UP REACHABLE false true 1",
            "UP REACHABLE false true 7",
            "UP REACHABLE false true 65535");
  }
}
