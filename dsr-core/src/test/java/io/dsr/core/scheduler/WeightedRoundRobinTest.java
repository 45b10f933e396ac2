package io.dsr.core.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class WeightedRoundRobinTest {

  private static final long SEED = 0x5eed_0001L;

  @Test
  void runsThePublishedSequence() {
    assertThat(sequence(18, 4, 3, 2)).isEqualTo("AABABCABCAABABCABC");
  }

  @Test
  void dividesByTheGreatestCommonDivisor() {
    assertThat(sequence(9, 400, 300, 200)).isEqualTo("AABABCABC");
  }

  @Test
  void startsWithTheHeaviestWhereverItStands() {
    assertThat(sequence(10, 1, 3, 0, 1)).isEqualTo("BBABDBBABD");
  }

  @Test
  void isRoundRobinForEqualWeights() {
    assertThat(sequence(7, 65_535, 65_535, 65_535)).isEqualTo("ABCABCA");
  }

  @Test
  void usesEffectiveWeights() {
    var picker = Schedulers.weightedRoundRobin().newPicker(TestServers.weights(4, 3, 2).down(0));

    assertThat(Flows.picks(picker, 5)).containsExactly(1, 1, 2, 1, 2);
  }

  @Test
  void givesEachServerExactlyItsWeightInEveryRound() {
    var random = new Random(SEED);
    for (int run = 0; run < 50; run++) {
      int[] weights = random.ints(1 + random.nextInt(12), 0, 40).toArray();
      weights[0]++;
      int divisor = Candidates.available(TestServers.weights(weights)).divisor();
      int round = IntStream.of(weights).sum() / divisor;
      var picker = Schedulers.weightedRoundRobin().newPicker(TestServers.weights(weights));

      for (int repeat = 0; repeat < 2; repeat++) {
        assertThat(Flows.shares(picker, round, weights.length))
            .as("seed %d, run %d, weights %s", SEED, run, Arrays.toString(weights))
            .isEqualTo(IntStream.of(weights).map(weight -> weight / divisor).toArray());
      }
    }
  }

  @Test
  void takesTheSameTurnsAsTheLoopOfTheKernel() {
    var random = new Random(SEED);
    for (int run = 0; run < 200; run++) {
      int[] weights = random.ints(1 + random.nextInt(9), 0, 9).toArray();
      weights[random.nextInt(weights.length)]++;
      var picker = Schedulers.weightedRoundRobin().newPicker(TestServers.weights(weights));

      assertThat(Flows.picks(picker, 150))
          .as("seed %d, run %d, weights %s", SEED, run, Arrays.toString(weights))
          .isEqualTo(kernelLoop(weights, 150));
    }
  }

  private static int[] kernelLoop(int[] weights, int count) {
    int step = IntStream.of(weights).filter(w -> w > 0).reduce(0, (a, b) -> b == 0 ? a : gcd(a, b));
    int[] taken = new int[count];
    int at = -1;
    int threshold = 0;
    for (int pick = 0; pick < count; pick++) {
      do {
        at = (at + 1) % weights.length;
        if (at == 0) {
          threshold -= step;
          threshold = threshold <= 0 ? IntStream.of(weights).max().orElseThrow() : threshold;
        }
      } while (weights[at] < threshold);
      taken[pick] = at;
    }
    return taken;
  }

  private static int gcd(int a, int b) {
    return b == 0 ? a : gcd(b, a % b);
  }

  private static String sequence(int length, int... weights) {
    var picker = Schedulers.weightedRoundRobin().newPicker(TestServers.weights(weights));
    return IntStream.of(Flows.picks(picker, length))
        .mapToObj(slot -> String.valueOf((char) ('A' + slot)))
        .collect(Collectors.joining());
  }
}
