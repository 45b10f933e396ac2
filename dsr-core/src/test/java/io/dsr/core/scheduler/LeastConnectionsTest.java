package io.dsr.core.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.Picker;
import io.dsr.core.Scheduler;
import java.math.BigInteger;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class LeastConnectionsTest {

  private static final long SEED = 0x5eed_0002L;

  @Test
  void takesTheServerWithFewestActive() {
    var servers = TestServers.count(3).load(0, 3, 0).load(1, 1, 0).load(2, 2, 0);

    assertThat(pick(Schedulers.leastConnections(), servers)).isEqualTo(1);
  }

  @Test
  void countsAnActiveAs256Inactive() {
    var servers = TestServers.count(2).load(0, 1, 0);

    assertThat(pick(Schedulers.leastConnections(), servers.load(1, 0, 255))).isEqualTo(1);
    assertThat(pick(Schedulers.leastConnections(), servers.load(1, 0, 256))).isZero();
    assertThat(pick(Schedulers.leastConnections(), servers.load(1, 0, 257))).isZero();
  }

  @Test
  void keepsTheFirstOfEquals() {
    var servers = TestServers.weights(0, 2, 2, 2).load(1, 5, 0).load(2, 4, 0).load(3, 4, 0);

    assertThat(pick(Schedulers.leastConnections(), servers)).isEqualTo(2);
    assertThat(pick(Schedulers.weightedLeastConnections(), servers)).isEqualTo(2);
  }

  @Test
  void readsTheLoadAtEachPick() {
    var servers = TestServers.count(2);
    var picker = Schedulers.leastConnections().newPicker(servers);

    assertThat(picker.pick(Flows.of(1, 1))).isZero();
    servers.load(0, 1, 0);
    assertThat(picker.pick(Flows.of(2, 1))).isEqualTo(1);
    servers.load(1, 2, 0);
    assertThat(picker.pick(Flows.of(3, 1))).isZero();
  }

  @Test
  void weighsLoadsAgainstWeights() {
    var servers = TestServers.weights(1, 3).load(0, 1, 0);

    assertThat(pick(Schedulers.weightedLeastConnections(), servers.load(1, 2, 0))).isEqualTo(1);
    assertThat(pick(Schedulers.weightedLeastConnections(), servers.load(1, 3, 0))).isZero();
    assertThat(pick(Schedulers.weightedLeastConnections(), servers.load(1, 4, 0))).isZero();
  }

  @Test
  void doesNotOverflowAtTheLargestLoads() {
    var servers = TestServers.weights(65_535, 65_535);
    servers.load(0, Integer.MAX_VALUE, Integer.MAX_VALUE).load(1, Integer.MAX_VALUE, 0);

    assertThat(pick(Schedulers.weightedLeastConnections(), servers)).isEqualTo(1);
    assertThat(pick(Schedulers.leastConnections(), servers)).isEqualTo(1);
  }

  @Test
  void agreesWithBruteForce() {
    var random = new Random(SEED);
    for (int run = 0; run < 2_000; run++) {
      int[] weights = random.ints(1 + random.nextInt(8), 0, 5).toArray();
      var servers = TestServers.weights(weights);
      for (int at = 0; at < weights.length; at++) {
        servers.load(at, random.nextInt(4), random.nextInt(2) * 256 + random.nextInt(2));
      }

      assertThat(pick(Schedulers.leastConnections(), servers))
          .as("lc, seed %d, run %d", SEED, run)
          .isEqualTo(oracle(servers, false));
      assertThat(pick(Schedulers.weightedLeastConnections(), servers))
          .as("wlc, seed %d, run %d", SEED, run)
          .isEqualTo(oracle(servers, true));
    }
  }

  /** The first server that no other beats: compares every pair, in unbounded integers. */
  private static int oracle(TestServers servers, boolean weighted) {
    for (int at = 0; at < servers.size(); at++) {
      boolean beaten = servers.weight(at) == 0;
      for (int other = 0; other < servers.size(); other++) {
        beaten |= servers.weight(other) > 0 && less(servers, other, at, weighted);
      }
      if (!beaten) {
        return servers.slot(at);
      }
    }
    return Picker.NONE;
  }

  private static boolean less(TestServers servers, int a, int b, boolean weighted) {
    return cost(servers, a, weighted ? servers.weight(b) : 1)
            .compareTo(cost(servers, b, weighted ? servers.weight(a) : 1))
        < 0;
  }

  private static BigInteger cost(TestServers servers, int at, int factor) {
    return BigInteger.valueOf(servers.active(at))
        .shiftLeft(8)
        .add(BigInteger.valueOf(servers.inactive(at)))
        .multiply(BigInteger.valueOf(factor));
  }

  private static int pick(Scheduler scheduler, TestServers servers) {
    return scheduler.newPicker(servers).pick(Flows.of(1, 40_000));
  }
}
