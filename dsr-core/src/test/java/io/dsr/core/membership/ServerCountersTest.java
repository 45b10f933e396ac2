package io.dsr.core.membership;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class ServerCountersTest {

  private final ServerCounters counters = new ServerCounters(3);

  @Test
  void countsFramesAndBytesBeyondThirtyTwoBits() {
    counters.forwarded(1, Integer.MAX_VALUE);
    counters.forwarded(1, Integer.MAX_VALUE);
    counters.forwarded(1, 60);

    assertThat(counters.frames(1)).isEqualTo(3);
    assertThat(counters.bytes(1)).isEqualTo(2L * Integer.MAX_VALUE + 60);
  }

  @Test
  void followsAConnectionFromStateToState() {
    counters.opened(1, false);
    assertLoad(1, 1, 0, 1);
    counters.activated(1);
    assertLoad(1, 1, 1, 0);
    counters.opened(1, true);
    assertLoad(1, 2, 2, 0);
    counters.deactivated(1);
    assertLoad(1, 2, 1, 1);
    counters.closed(1, true);
    assertLoad(1, 2, 0, 1);
    counters.closed(1, false);
    assertLoad(1, 2, 0, 0);
  }

  @Test
  void keepsSlotsApartAndClearsOne() {
    for (int slot = 0; slot < 3; slot++) {
      counters.forwarded(slot, 100 + slot);
      counters.opened(slot, true);
      counters.opened(slot, false);
    }
    counters.begin(1, 7);

    assertThat(counters.frames(1)).isZero();
    assertThat(counters.bytes(1)).isZero();
    assertLoad(1, 0, 0, 0);
    for (int slot : new int[] {0, 2}) {
      assertThat(counters.frames(slot)).isEqualTo(1);
      assertThat(counters.bytes(slot)).isEqualTo(100 + slot);
      assertLoad(slot, 2, 1, 1);
    }
  }

  private void assertLoad(int slot, long connections, int active, int inactive) {
    assertThat(counters.connections(slot)).isEqualTo(connections);
    assertThat(counters.active(slot)).isEqualTo(active);
    assertThat(counters.inactive(slot)).isEqualTo(inactive);
  }
}
