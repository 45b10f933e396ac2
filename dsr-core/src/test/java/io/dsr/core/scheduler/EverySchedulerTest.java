package io.dsr.core.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.dsr.core.FlowView;
import io.dsr.core.Picker;
import io.dsr.core.Scheduler;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds of all schedulers, or of all of a kind. */
final class EverySchedulerTest {

  private static final long SEED = 0x5eed_0005L;
  private static final long SECOND = 1_000_000_000L;

  static List<Scheduler> all() {
    return EveryScheduler.all();
  }

  /** Those whose shares go by the weights, as flows come and none goes. */
  static Stream<Scheduler> weighted() {
    return Stream.of(
            "wrr",
            "swrr",
            "random",
            "twos",
            "wlc",
            "sed",
            "nq",
            "sh",
            "dh",
            "mh",
            "hrw",
            "mh-bounded",
            "hrw-bounded")
        .map(name -> Schedulers.named(name).orElseThrow());
  }

  @ParameterizedTest
  @MethodSource("all")
  void foreseesWhatItPicks(Scheduler scheduler) {
    boolean random = scheduler.toString().matches("(random|twos)( slowStart.*)?");
    var draws = new Random(SEED);
    for (int run = 0; run < 20; run++) {
      var servers = servers(draws);
      Picker picker = scheduler.newPicker(servers);
      for (int client = 0; client < 60; client++) {
        FlowView flow = Flows.between(draws.nextInt(20), draws.nextInt(100));
        int peeked = picker.peek(flow);
        int again = picker.peek(flow);
        int picked = picker.pick(flow);

        assertThat(again).isEqualTo(peeked);
        assertThat(peeked)
            .as("seed %d, run %d, client %d", SEED, run, client)
            .isEqualTo(random && picked != Picker.NONE ? Picker.UNKNOWN : picked);
        servers.now(servers.nowNanos() + SECOND / 2);
        if (picked != Picker.NONE) {
          servers.take(picked);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("weighted")
  void sharesFlowsByWeight(Scheduler scheduler) {
    var servers = TestServers.weights(5, 0, 3, 2, 7).down(4);
    Picker picker = scheduler.newPicker(servers);
    int count = 20_000;
    for (int client = 0; client < count; client++) {
      servers.take(picker.pick(Flows.between(client, client)));
    }

    assertThat(servers.active(0) / (double) count).isCloseTo(0.5, within(0.015));
    assertThat(servers.active(2) / (double) count).isCloseTo(0.3, within(0.015));
    assertThat(servers.active(3) / (double) count).isCloseTo(0.2, within(0.015));
  }

  @ParameterizedTest
  @MethodSource("all")
  void allocatesNothingAtAPick(Scheduler scheduler) {
    var servers = TestServers.weights(5, 3, 2, 2);
    servers.now(100 * SECOND).since(1, 90 * SECOND).since(2, 60 * SECOND);
    Picker picker = scheduler.newPicker(servers);
    FlowView[] flows =
        IntStream.range(0, 500).mapToObj(n -> Flows.between(n, n % 90)).toArray(FlowView[]::new);
    long picks = 0;
    for (int round = 0; round < 4; round++) {
      picks += pickAll(picker, flows, servers);
    }

    long before = Allocations.ofThisThread();
    picks += pickAll(picker, flows, servers);
    long allocated = Allocations.ofThisThread() - before;

    assertThat(picks).isNotNegative();
    // The reflective call that reads the counter allocates a little; a pick would show 500 times.
    assertThat(allocated).isLessThan(500 * 16L);
  }

  private static long pickAll(Picker picker, FlowView[] flows, TestServers servers) {
    long picks = 0;
    for (FlowView flow : flows) {
      servers.now(servers.nowNanos() + SECOND / 100);
      picks += picker.pick(flow) + 1 + picker.peek(flow) + 2;
    }
    return picks;
  }

  private static TestServers servers(Random random) {
    int[] weights = random.ints(1 + random.nextInt(8), 0, 4).toArray();
    var servers = TestServers.weights(weights).now(100 * SECOND);
    servers.slots(random.ints(0, 100_000).distinct().limit(weights.length).toArray());
    for (int at = 0; at < weights.length; at++) {
      servers.load(at, random.nextInt(5), random.nextInt(9));
      servers.since(at, random.nextBoolean() ? Long.MIN_VALUE : random.nextLong(101) * SECOND);
      if (random.nextInt(4) == 0) {
        servers.down(at);
      }
    }
    return servers;
  }
}
