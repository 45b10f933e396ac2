package io.dsr.core.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.dsr.core.FlowTimeouts;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class FlowTimesTest {

  private static final int SLOTS = 1_000;

  private final FlowTimes times = new FlowTimes(SLOTS);

  @Test
  void takesTheTimesOfSlotsThatNobodyUsesForOthers() {
    for (int slot = 0; slot < SLOTS; slot++) {
      int last = slot;
      times.assign(slot, udp(slot + 1), used -> used > last - 200);
    }

    for (int slot = SLOTS - 199; slot < SLOTS; slot++) {
      assertThat(times.ticks(slot, FlowState.UDP)).isEqualTo(ticks(slot + 1));
    }
  }

  @Test
  void keepsTheDefaultTimesAndThoseOfSlotsInUse() {
    for (int slot = 1; slot < FlowTimes.CLASSES; slot++) {
      times.assign(slot, udp(slot));
    }

    assertThatIllegalArgumentException()
        .isThrownBy(() -> times.assign(0, udp(9_999)))
        .withMessage("timeouts: more than 256 different sets (expected: fewer)");
    times.release(7);
    times.assign(0, udp(9_999));
    assertThat(times.ticks(0, FlowState.UDP)).isEqualTo(ticks(9_999));
    assertThat(times.ticks(7, FlowState.UDP)).isEqualTo(ticks(300));
    assertThat(times.ticks(8, FlowState.UDP)).isEqualTo(ticks(8));
  }

  private static FlowTimeouts udp(int seconds) {
    return FlowTimeouts.DEFAULT.udp(Duration.ofSeconds(seconds));
  }

  private static int ticks(int seconds) {
    var one = new FlowTimes(1);
    one.assign(0, udp(seconds));
    return one.ticks(0, FlowState.UDP);
  }
}
