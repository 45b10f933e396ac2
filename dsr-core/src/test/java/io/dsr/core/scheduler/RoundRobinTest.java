package io.dsr.core.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.Picker;
import org.junit.jupiter.api.Test;

final class RoundRobinTest {

  @Test
  void takesServersInTurn() {
    var picker = Schedulers.roundRobin().newPicker(TestServers.weights(1, 1, 1));

    assertThat(Flows.picks(picker, 7)).containsExactly(0, 1, 2, 0, 1, 2, 0);
  }

  @Test
  void passesOverWeightZeroAndIgnoresOtherWeights() {
    var picker = Schedulers.roundRobin().newPicker(TestServers.weights(0, 9, 1, 0, 2).down(2));

    assertThat(Flows.picks(picker, 5)).containsExactly(1, 4, 1, 4, 1);
  }

  @Test
  void returnsSlotsNotPositions() {
    var picker = Schedulers.roundRobin().newPicker(TestServers.weights(1, 1).slots(7, 3));

    assertThat(Flows.picks(picker, 3)).containsExactly(7, 3, 7);
  }

  @Test
  void keepsTurnsOfPickersApart() {
    var servers = TestServers.count(3);
    Flows.picks(Schedulers.roundRobin().newPicker(servers), 2);

    assertThat(Flows.picks(Schedulers.roundRobin().newPicker(servers), 2)).containsExactly(0, 1);
  }

  @Test
  void picksNoneWhereNoServerMayTakeAFlow() {
    assertThat(Flows.picks(Schedulers.roundRobin().newPicker(TestServers.weights(0, 0)), 2))
        .containsOnly(Picker.NONE);
  }
}
