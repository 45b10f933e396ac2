package io.dsr.core.membership;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class ServerCountersGrowthTest {

  @Test
  void countsForSlotsBeyondItsFirstOnceTheyBegin() {
    var counters = new ServerCounters(2);
    counters.begin(1, 7);
    counters.forwarded(1, 60);

    assertThat(counters.frames(Slots.MAXIMUM - 1)).isZero();
    assertThat(counters.isIdle(Slots.MAXIMUM - 1)).isTrue();
    assertThat(counters.isOf(Slots.MAXIMUM - 1, 3)).isTrue();
    counters.begin(Slots.MAXIMUM - 1, 3);
    counters.opened(Slots.MAXIMUM - 1, true);

    assertThat(counters.active(Slots.MAXIMUM - 1)).isOne();
    assertThat(counters.isOf(Slots.MAXIMUM - 1, 4)).isFalse();
    assertThat(counters.frames(1)).isOne();
    assertThat(counters.isOf(1, 7)).isTrue();
  }

  @Test
  void watchesThresholdsOfSlotsBeyondItsFirst() {
    var counters = new ServerCounters(2);
    var load = new OverloadDetector(counters, 2);
    for (int slot : new int[] {2, 3, 5_000, Slots.MAXIMUM - 1}) {
      counters.begin(slot, 0);
      load.thresholds(slot, 1, 0);
      counters.opened(slot, true);

      assertThat(load.opened(slot)).isTrue();
      assertThat(load.admits(slot)).isFalse();
      assertThat(load.overloaded().get(slot)).isTrue();
    }
  }
}
