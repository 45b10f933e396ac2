package io.dsr.core.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.Picker;
import io.dsr.core.Scheduler;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class BoundedLoadTest {

  private static final long SEED = 0x5eed_0009L;

  static List<Scheduler> consistent() {
    return List.of(
        Schedulers.maglev(MaglevOptions.DEFAULT.tableSize(1_021)), Schedulers.rendezvous());
  }

  @ParameterizedTest
  @MethodSource("consistent")
  void placesFlowsAsTheSchedulerWhileNobodyIsFull(Scheduler scheduler) {
    var servers = TestServers.weights(1, 2, 3, 1);
    IntStream.range(0, 4).forEach(at -> servers.load(at, 100 * servers.weight(at), 7));

    assertThat(Flows.picks(Schedulers.boundedLoad(scheduler).newPicker(servers), 500))
        .isEqualTo(Flows.picks(scheduler.newPicker(servers), 500));
  }

  @ParameterizedTest
  @MethodSource("consistent")
  void passesOverTheFullServerAndMovesNobodyElse(Scheduler scheduler) {
    // 500 flows and one, times 1.25, by 5: a server is full at 126.
    var servers = TestServers.count(5);
    IntStream.range(0, 5).forEach(at -> servers.load(at, 100, 0));
    Picker picker = Schedulers.boundedLoad(scheduler).newPicker(servers);
    int[] home = Flows.picks(picker, 1_000);
    servers.load(3, 125, 0).load(0, 75, 0);
    int[] almost = Flows.picks(picker, 1_000);
    servers.load(3, 126, 0).load(0, 74, 0);
    int[] full = Flows.picks(picker, 1_000);

    assertThat(almost).isEqualTo(home).contains(3);
    assertThat(full).doesNotContain(3);
    int[] moved = IntStream.range(0, 1_000).filter(n -> full[n] != home[n]).toArray();
    assertThat(IntStream.of(moved).map(n -> home[n]).toArray()).containsOnly(3);
    assertThat(IntStream.of(moved).map(n -> full[n]).distinct().toArray())
        .containsExactlyInAnyOrder(0, 1, 2, 4);
  }

  @ParameterizedTest
  @MethodSource("consistent")
  void keepsTheBoundAndAlwaysFindsAServer(Scheduler scheduler) {
    var random = new Random(SEED);
    for (int run = 0; run < 40; run++) {
      var servers = TestServers.weights(random.ints(1 + random.nextInt(20), 1, 9).toArray());
      double factor = 1.01 + random.nextDouble();
      Picker picker = Schedulers.boundedLoad(scheduler, factor).newPicker(servers);
      int weight = IntStream.range(0, servers.size()).map(servers::weight).sum();
      for (int flows = 0; flows < 300; flows++) {
        // Few clients, so that their servers are full soon.
        int slot = picker.pick(Flows.of(random.nextInt(3), 1));
        assertThat(slot).as("seed %d, run %d", SEED, run).isNotEqualTo(Picker.NONE);
        assertThat((double) servers.active(slot))
            .as("seed %d, run %d, flow %d", SEED, run, flows)
            .isLessThan(Math.ceil(factor * (flows + 1) * servers.weight(slot) / weight));
        servers.take(slot);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("consistent")
  void findsTheOnlyServerWithRoom(Scheduler scheduler) {
    var servers = TestServers.count(1_000);
    IntStream.range(0, 1_000).forEach(at -> servers.load(at, at == 777 ? 0 : 1_000, 0));

    assertThat(Flows.picks(Schedulers.boundedLoad(scheduler, 1.0001).newPicker(servers), 50))
        .containsOnly(777);
  }
}
