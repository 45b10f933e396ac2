package io.dsr.core.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.dsr.core.HashKey;
import io.dsr.core.Picker;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class RendezvousTest {

  private static final long SEED = 0x5eed_0008L;
  private static final int CLIENTS = 20_000;

  @Test
  void takesTheHighestScore() {
    var random = new Random(SEED);
    for (int run = 0; run < 50; run++) {
      int[] weights = random.ints(1 + random.nextInt(30), 1, 65_536).toArray();
      var servers = TestServers.weights(weights);
      int[] expected = IntStream.range(0, 100).map(n -> highest(servers, n)).toArray();

      assertThat(picks(servers, 100)).as("seed %d, run %d", SEED, run).isEqualTo(expected);
    }
  }

  @Test
  void takesTheHighestScoreOfManyServersOfManyOrFewWeights() {
    var random = new Random(SEED);
    for (int run = 0; run < 40; run++) {
      int size = 1 + random.nextInt(1_500);
      int[] weights = random.ints(size, 1, 2 + random.nextInt(1 << random.nextInt(16))).toArray();
      var servers = TestServers.weights(weights);
      int[] expected = IntStream.range(0, 50).map(n -> highest(servers, n)).toArray();

      assertThat(picks(servers, 50)).as("seed %d, run %d", SEED, run).isEqualTo(expected);
    }
  }

  @Test
  void sharesClientsByWeight() {
    int[] shares = new int[4];
    IntStream.of(picks(TestServers.weights(5, 0, 3, 2), CLIENTS)).forEach(slot -> shares[slot]++);

    assertThat(shares[0] / (double) CLIENTS).isCloseTo(0.5, within(0.01));
    assertThat(shares[1]).isZero();
    assertThat(shares[2] / (double) CLIENTS).isCloseTo(0.3, within(0.01));
    assertThat(shares[3] / (double) CLIENTS).isCloseTo(0.2, within(0.01));
  }

  @Test
  void movesOnlyClientsOfAServerThatGoes() {
    int[] before = picks(TestServers.weights(3, 1, 4, 1, 5), CLIENTS);
    int[] down = picks(TestServers.weights(3, 1, 4, 1, 5).down(2), CLIENTS);
    int[] gone = picks(TestServers.weights(3, 1, 4, 1, 5).without(2), CLIENTS);

    assertThat(gone).isEqualTo(down).doesNotContain(2, Picker.NONE);
    for (int client = 0; client < CLIENTS; client++) {
      assertThat(before[client] == 2 || before[client] == down[client]).isTrue();
    }
  }

  @Test
  void movesJustTheShareThatAWeightBringsWithIt() {
    int[] before = picks(TestServers.weights(2, 2, 2), CLIENTS);
    int[] after = picks(TestServers.weights(2, 2, 4), CLIENTS);

    int[] moved = IntStream.range(0, CLIENTS).filter(c -> before[c] != after[c]).toArray();
    assertThat(IntStream.of(moved).map(client -> after[client]).toArray()).containsOnly(2);
    assertThat(moved.length / (double) CLIENTS).isCloseTo(1 / 2.0 - 1 / 3.0, within(0.01));
  }

  @Test
  void goesByAddressesAndKeyAlone() {
    var theirs = TestServers.weights(1, 2, 3, 4).slots(90_000, 2, 17, 0);
    var strangers = TestServers.weights(1, 2, 3, 4).hashKey(new HashKey(1, 2));

    int[] here = picks(TestServers.weights(1, 2, 3, 4), 2_000);
    assertThat(IntStream.of(picks(theirs, 2_000)).map(theirs::positionOf).toArray())
        .isEqualTo(here);
    assertThat(picks(strangers, 2_000)).isNotEqualTo(here);
  }

  @Test
  void countsThePortIfTold() {
    var byAddress = Schedulers.rendezvous().newPicker(TestServers.count(5));
    var byPort = Schedulers.rendezvous(new RendezvousOptions(true)).newPicker(TestServers.count(5));

    assertThat(IntStream.range(0, 200).map(p -> byAddress.pick(Flows.of(1, p))).distinct())
        .hasSize(1);
    assertThat(IntStream.range(0, 200).map(p -> byPort.pick(Flows.of(1, p))).distinct()).hasSize(5);
  }

  /** The definition, with nothing spared: -w / ln(u) for each, and the first of the greatest. */
  private static int highest(TestServers servers, int client) {
    int best = 0;
    double bestScore = 0;
    for (int at = 0; at < servers.size(); at++) {
      long hash =
          servers.hashKey().quickHash(Flows.of(client, 40_000).sourceHash(), address(servers, at));
      double score = -servers.weight(at) / Math.log(((hash >>> 11) + 0.5) * 0x1p-53);
      best = score > bestScore ? at : best;
      bestScore = Math.max(score, bestScore);
    }
    return servers.slot(best);
  }

  private static long address(TestServers servers, int at) {
    return AddressHash.of(servers, at, 3);
  }

  private static int[] picks(TestServers servers, int count) {
    return Flows.picks(Schedulers.rendezvous().newPicker(servers), count);
  }
}
