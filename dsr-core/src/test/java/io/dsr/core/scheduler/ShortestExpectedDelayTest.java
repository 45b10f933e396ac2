package io.dsr.core.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.Picker;
import io.dsr.core.Scheduler;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class ShortestExpectedDelayTest {

  private static final Scheduler SED = Schedulers.shortestExpectedDelay();
  private static final Scheduler NQ = Schedulers.neverQueue();

  @Test
  void fillsServersByTheDelayThatTheNewFlowMeets() {
    // Delays (active + 1) / weight by hand, for weights 1, 2 and 3: 1 1/2 1/3 -> C; 1 1/2 2/3 -> B;
    // 1 1 2/3 -> C; 1 1 1 -> A, the first; 2 1 1 -> B; 2 3/2 1 -> C; and as at the start.
    assertThat(fill(SED, TestServers.weights(1, 2, 3), 12))
        .containsExactly(2, 1, 2, 0, 1, 2, 2, 1, 2, 0, 1, 2);
  }

  @Test
  void takesNoIdleServerBeforeAFasterOne() {
    var servers = TestServers.weights(1, 4).load(1, 2, 0);

    assertThat(pick(SED, servers)).isEqualTo(1);
    assertThat(pick(SED, servers.load(1, 3, 0))).isZero();
  }

  @Test
  void countsActiveFlowsAlone() {
    var servers = TestServers.weights(1, 1).load(0, 0, 5_000).load(1, 1, 0);

    assertThat(pick(SED, servers)).isZero();
    assertThat(pick(NQ, servers)).isZero();
  }

  @Test
  void neverQueuesWhileAServerIsIdle() {
    var servers = TestServers.weights(0, 9, 1, 1).load(1, 1, 0);

    assertThat(pick(NQ, servers)).isEqualTo(2);
    assertThat(pick(NQ, servers.load(2, 1, 0))).isEqualTo(3);
    assertThat(pick(NQ, servers.load(3, 1, 0))).isEqualTo(1);
  }

  @Test
  void doesNotOverflowAtTheLargestLoads() {
    var servers = TestServers.weights(65_535, 65_535);
    servers.load(0, Integer.MAX_VALUE, 0).load(1, Integer.MAX_VALUE - 1, 0);

    assertThat(pick(SED, servers)).isEqualTo(1);
    assertThat(pick(NQ, servers)).isEqualTo(1);
  }

  @Test
  void picksNoneWhereNoServerMayTakeAFlow() {
    assertThat(pick(SED, TestServers.weights(0, 1).down(1))).isEqualTo(Picker.NONE);
    assertThat(pick(NQ, TestServers.count(0))).isEqualTo(Picker.NONE);
  }

  private static int[] fill(Scheduler scheduler, TestServers servers, int count) {
    Picker picker = scheduler.newPicker(servers);
    return IntStream.range(0, count)
        .map(client -> picker.pick(Flows.of(client, 1)))
        .peek(servers::take)
        .toArray();
  }

  private static int pick(Scheduler scheduler, TestServers servers) {
    return scheduler.newPicker(servers).pick(Flows.of(1, 40_000));
  }
}
