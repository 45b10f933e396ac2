package io.dsr.core.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.FlowView;
import io.dsr.core.Picker;
import org.junit.jupiter.api.Test;

final class FailoverTest {

  @Test
  void takesTheHeaviestAndTheNextWhenThatIsDown() {
    var servers = TestServers.weights(1, 5, 9, 5).load(2, 1_000, 0);

    assertThat(Flows.picks(Schedulers.failover().newPicker(servers), 3)).containsOnly(2);
    assertThat(Flows.picks(Schedulers.failover().newPicker(servers.down(2)), 3)).containsOnly(1);
    assertThat(Flows.picks(Schedulers.failover().newPicker(servers.down(1)), 3)).containsOnly(3);
    assertThat(Flows.picks(Schedulers.failover().newPicker(servers.down(3)), 3)).containsOnly(0);
    assertThat(Flows.picks(Schedulers.failover().newPicker(servers.down(0)), 3))
        .containsOnly(Picker.NONE);
  }

  @Test
  void overflowsToTheNextOnceTheHeaviestHasMoreThanItsWeight() {
    var servers = TestServers.weights(1, 3, 0, 3);
    Picker picker = Schedulers.overflow().newPicker(servers);

    assertThat(picker.pick(Flows.of(1, 1))).isEqualTo(1);
    assertThat(picker.pick(flowAfter(servers.load(1, 3, 0)))).isEqualTo(1);
    assertThat(picker.pick(flowAfter(servers.load(1, 4, 0)))).isEqualTo(3);
    assertThat(picker.pick(flowAfter(servers.load(3, 4, 0)))).isZero();
    assertThat(picker.pick(flowAfter(servers.load(0, 2, 0)))).isEqualTo(Picker.NONE);
    assertThat(picker.pick(flowAfter(servers.load(3, 3, 0)))).isEqualTo(3);
  }

  private static FlowView flowAfter(TestServers loaded) {
    return Flows.of(loaded.size(), 1);
  }
}
