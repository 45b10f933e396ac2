package io.dsr.core.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.dsr.core.Picker;
import io.dsr.core.Scheduler;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class SlowStartTest {

  private static final long SECOND = 1_000_000_000L;
  private static final int FLOWS = 40_000;

  static List<Scheduler> byWeight() {
    return List.of(
        Schedulers.weightedRoundRobin(),
        Schedulers.smoothRoundRobin(),
        Schedulers.maglev(MaglevOptions.DEFAULT.sourcePort(true)),
        Schedulers.rendezvous(),
        Schedulers.random(),
        Schedulers.weightedLeastConnections());
  }

  @Test
  void followsThePublishedCurves() {
    assertThat(factors(1)).containsExactly(new double[] {0.25, 0.5, 0.75}, within(1e-9));
    assertThat(factors(2)).containsExactly(new double[] {0.5, 0.70711, 0.86603}, within(1e-5));
    assertThat(factors(0.5)).containsExactly(new double[] {0.1, 0.25, 0.5625}, within(1e-9));
  }

  @Test
  void staysWithinTheLeastPartAndTheWhole() {
    var line = SlowStart.DEFAULT.minimumPercent(1);

    assertThat(line.factor(-5 * SECOND)).isEqualTo(1 / 60.0);
    assertThat(line.factor(SECOND / 2)).isEqualTo(1 / 60.0);
    assertThat(SlowStart.DEFAULT.factor(SECOND)).isEqualTo(0.1);
    assertThat(line.factor(60 * SECOND)).isEqualTo(1);
    assertThat(line.factor(Long.MAX_VALUE)).isEqualTo(1);
  }

  @Test
  void checksItsRanges() {
    var options = SlowStart.DEFAULT;
    assertThatIllegalArgumentException()
        .isThrownBy(() -> options.window(Duration.ofMillis(999)))
        .withMessage("window: PT0.999S (expected: PT1S to PT1H)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> options.aggression(Double.NaN))
        .withMessage("aggression: NaN (expected: 0.01 to 100.0)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> options.minimumPercent(0))
        .withMessage("minimumPercent: 0 (expected: 1 to 100)");
  }

  @ParameterizedTest
  @MethodSource("byWeight")
  void sharesFlowsByWeightTimesFactor(Scheduler scheduler) {
    var servers = TestServers.weights(4, 3, 2, 3).since(2, 30 * SECOND);

    checkShares(scheduler, servers.now(45 * SECOND), 4, 3, 2 * 0.25, 3);
    checkShares(scheduler, servers.now(75 * SECOND), 4, 3, 2 * 0.75, 3);
  }

  @ParameterizedTest
  @MethodSource("byWeight")
  void sharesFlowsAmongServersOfManyAges(Scheduler scheduler) {
    var servers =
        TestServers.weights(4, 3, 2, 3).since(2, 90 * SECOND).since(0, 60 * SECOND).since(3, 15);

    checkShares(scheduler, servers.now(105 * SECOND), 4 * 0.75, 3, 2 * 0.25, 3);
  }

  @ParameterizedTest
  @MethodSource("byWeight")
  void sharesFlowsWhereNobodyIsWarm(Scheduler scheduler) {
    var servers = TestServers.weights(4, 3, 2).since(0, 0).since(1, 30 * SECOND).since(2, 0);

    checkShares(scheduler, servers.now(45 * SECOND), 4 * 0.75, 3 * 0.25, 2 * 0.75);
  }

  @Test
  void sharesFlowsOfServersOfEqualWeightInTurn() {
    var servers = TestServers.count(4).since(2, 30 * SECOND).now(45 * SECOND);

    checkShares(Schedulers.roundRobin(), servers, 1, 1, 0.25, 1);
  }

  @Test
  void readsTheClockAtEachPickAndEndsWithTheWindow() {
    var servers = TestServers.count(2).since(1, 0).now(0);
    Picker picker = Schedulers.slowStart(Schedulers.roundRobin()).newPicker(servers);

    assertThat(share(picker, 1)).isCloseTo(0.1 / 1.1, within(0.01));
    servers.now(30 * SECOND);
    assertThat(share(picker, 1)).isCloseTo(0.5 / 1.5, within(0.01));
    servers.now(60 * SECOND);
    assertThat(share(picker, 1)).isEqualTo(0.5);
  }

  @Test
  void picksAsIfItHadNeverBeenPeekedAt() {
    long seed = System.nanoTime();
    var random = new Random(seed);
    var servers = TestServers.count(3).since(1, 0).since(2, 5 * SECOND).now(7 * SECOND);
    Scheduler scheduler = Schedulers.slowStart(Schedulers.maglev());
    Picker peeked = scheduler.newPicker(servers);
    Picker left = scheduler.newPicker(servers);
    long now = 7 * SECOND;
    for (int flow = 0; now < 70 * SECOND; flow++) {
      now += random.nextLong(SECOND / 1_000);
      servers.now(now);
      int told = peeked.peek(Flows.of(flow, 1));
      assertThat(peeked.pick(Flows.of(flow, 1))).as("seed %d, flow %d", seed, flow).isEqualTo(told);
      if (flow % 100 == 0) {
        now += random.nextLong(SECOND / 16);
        servers.now(now);
        peeked.peek(Flows.of(flow, 2));
        now += random.nextLong(SECOND / 32);
        servers.now(now);
      }
      assertThat(peeked.pick(Flows.of(flow, 3)))
          .as("seed %d, flow %d", seed, flow)
          .isEqualTo(left.pick(Flows.of(flow, 3)));
    }
  }

  @Test
  void showsTheTrueLoadOnceTheWindowIsOver() {
    var servers = TestServers.count(2).since(1, 0).now(30 * SECOND).load(0, 3, 0).load(1, 2, 0);
    Picker picker = Schedulers.slowStart(Schedulers.leastConnections()).newPicker(servers);

    assertThat(picker.pick(Flows.of(1, 1))).isZero();
    servers.now(60 * SECOND);
    assertThat(picker.pick(Flows.of(1, 1))).isEqualTo(1);
  }

  @Test
  void movesNoClientOfAWarmServer() {
    var servers = TestServers.count(5).since(2, 0).now(20 * SECOND);
    for (Scheduler scheduler : List.of(Schedulers.sourceHash(), Schedulers.maglev())) {
      int[] home = Flows.picks(scheduler.newPicker(servers), 2_000);
      int[] slow = Flows.picks(Schedulers.slowStart(scheduler).newPicker(servers), 2_000);

      int[] moved = IntStream.range(0, 2_000).filter(n -> home[n] != slow[n]).toArray();
      assertThat(moved).isNotEmpty();
      assertThat(IntStream.of(moved).map(n -> home[n]).toArray()).containsOnly(2);
    }
  }

  @Test
  void refusesNoFlowThatTheSchedulerWouldTake() {
    var servers = TestServers.weights(2, 8).since(1, 0).now(0).load(0, 3, 0).load(1, 7, 0);
    Picker picker = Schedulers.slowStart(Schedulers.overflow()).newPicker(servers);

    assertThat(picker.pick(Flows.of(1, 1))).isEqualTo(1);
    assertThat(picker.peek(Flows.of(2, 1))).isEqualTo(1);
  }

  @Test
  void isTheSchedulerItselfWhereAllAreWarm() {
    var servers = TestServers.weights(4, 3, 2).since(1, 0).now(60 * SECOND);
    Picker picker = Schedulers.slowStart(Schedulers.weightedRoundRobin()).newPicker(servers);

    assertThat(Flows.picks(picker, 9)).containsExactly(0, 0, 1, 0, 1, 2, 0, 1, 2);
  }

  private static void checkShares(Scheduler scheduler, TestServers servers, double... counting) {
    IntStream.range(0, servers.size()).forEach(at -> servers.load(at, 0, 0));
    Picker picker = Schedulers.slowStart(scheduler).newPicker(servers);
    for (int client = 0; client < FLOWS; client++) {
      servers.take(picker.pick(Flows.of(client, 1_000 + client % 60_000)));
    }

    double sum = Arrays.stream(counting).sum();
    for (int at = 0; at < counting.length; at++) {
      assertThat(servers.active(at) / (double) FLOWS)
          .as("%s, server %d", scheduler, at)
          .isCloseTo(counting[at] / sum, within(0.01));
    }
  }

  private static double share(Picker picker, int slot) {
    return Flows.shares(picker, FLOWS, 2)[slot] / (double) FLOWS;
  }

  private static double[] factors(double aggression) {
    var options = SlowStart.DEFAULT.aggression(aggression);
    return IntStream.of(15, 30, 45).mapToDouble(age -> options.factor(age * SECOND)).toArray();
  }
}
