package io.dsr.core.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class SmoothRoundRobinTest {

  private static final long SEED = 0x5eed_0006L;

  @Test
  void runsThePublishedSequence() {
    var picker = Schedulers.smoothRoundRobin().newPicker(TestServers.weights(5, 1, 1));

    assertThat(Flows.picks(picker, 14)).containsExactly(0, 0, 1, 0, 2, 0, 0, 0, 0, 1, 0, 2, 0, 0);
  }

  @Test
  void isRoundRobinForEqualWeights() {
    var picker = Schedulers.smoothRoundRobin().newPicker(TestServers.weights(9, 0, 9, 9));

    assertThat(Flows.picks(picker, 7)).containsExactly(0, 2, 3, 0, 2, 3, 0);
  }

  @Test
  void givesEachServerExactlyItsWeightInEveryRound() {
    var random = new Random(SEED);
    for (int run = 0; run < 50; run++) {
      int[] weights = random.ints(1 + random.nextInt(12), 0, 40).toArray();
      weights[0]++;
      var picker = Schedulers.smoothRoundRobin().newPicker(TestServers.weights(weights));

      for (int repeat = 0; repeat < 2; repeat++) {
        assertThat(Flows.shares(picker, IntStream.of(weights).sum(), weights.length))
            .as("seed %d, run %d, weights %s", SEED, run, Arrays.toString(weights))
            .isEqualTo(weights);
      }
    }
  }
}
