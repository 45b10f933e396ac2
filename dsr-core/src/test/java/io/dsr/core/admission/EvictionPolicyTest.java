package io.dsr.core.admission;

import static io.dsr.core.admission.Sources.SECOND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class EvictionPolicyTest {

  private static final EvictionPolicy PRESSURE = new EvictionPolicy(90);
  private static final int RUNS = 20_000;

  @ParameterizedTest
  @CsvSource({
    "90, 0, 10, false",
    "90, 8, 10, false",
    "90, 9, 10, true",
    "90, 10, 10, true",
    "50, 1, 3, false",
    "50, 2, 3, true",
    "99, 265751101, 268435456, false",
    "99, 265751102, 268435456, true",
    "100, 10, 10, false"
  })
  void beginsWhereItIsTold(int percent, int size, int capacity, boolean under) {
    assertThat(new EvictionPolicy(percent).isUnderPressure(size, capacity)).isEqualTo(under);
  }

  @Test
  void letsHalfBegunFlowsGoWhateverTheyAre() {
    assertThat(dropped(false, true, 0, 1)).isEqualTo(RUNS);
    assertThat(dropped(false, true, 0, 1000)).isEqualTo(RUNS);
    assertThat(dropped(false, false, 0, 1)).isEqualTo(RUNS);
  }

  @Test
  void letsClosingFlowsGoOnceTheyAreSilent() {
    assertThat(dropped(true, false, SECOND - 1, 5)).isZero();
    assertThat(dropped(true, false, SECOND, 5)).isEqualTo(RUNS);
    assertThat(dropped(true, false, SECOND, 5000)).isEqualTo(RUNS);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void letsOneInNEstablishedFlowsGoThatHaveSentNFrames(int frames) {
    int share = RUNS / frames;

    assertThat(dropped(true, true, 60 * SECOND, frames)).isBetween(share - 700, share + 700);
    assertThat(dropped(true, true, 60 * SECOND - 1, frames)).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 9, 1000, Integer.MAX_VALUE, -1})
  void keepsEstablishedFlowsOfManyOrUnknownFrames(int frames) {
    assertThat(dropped(true, true, 3600 * SECOND, frames)).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {49, 101})
  void refusesOtherPercentages(int percent) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new EvictionPolicy(percent))
        .withMessage("percent: " + percent + " (expected: 50 to 100)");
  }

  private static int dropped(boolean confirmed, boolean active, long idleNanos, int frames) {
    var random = new SplittableRandom(0x5eed_0011L);
    int dropped = 0;
    for (int run = 0; run < RUNS; run++) {
      dropped += PRESSURE.mayDrop(confirmed, active, idleNanos, frames, random.nextLong()) ? 1 : 0;
    }
    return dropped;
  }
}
