package io.dsr.core.admission;

import static io.dsr.core.admission.Sources.SECOND;
import static io.dsr.core.admission.Sources.START;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class NewFlowLimiterTest {

  @Test
  void neverBrakesWithoutALimit() {
    var brake = new NewFlowLimiter(0, START);

    for (int flow = 0; flow < 1_000_000; flow++) {
      assertThat(brake.take(START)).isTrue();
    }
  }

  @Test
  void letsAQuarterOfASecondsFlowsThroughAtOnce() {
    var brake = new NewFlowLimiter(1000, START);

    assertThat(taken(brake, START, 400, 0)).isEqualTo(250);
    assertThat(taken(brake, START + SECOND / 10, 400, 0)).isEqualTo(100);
    assertThat(taken(brake, START + 10 * SECOND, 400, 0)).isEqualTo(250);
  }

  @Test
  void letsOneFlowThroughWhereAQuarterIsLess() {
    assertThat(taken(new NewFlowLimiter(1, START), START, 10, 0)).isEqualTo(1);
  }

  /** Ten times the rate for ten seconds. */
  @Test
  void cutsAFloodToTheRate() {
    var brake = new NewFlowLimiter(10_000, START);

    int taken = taken(brake, START, 1_000_000, SECOND / 100_000);

    assertThat(taken).isBetween(100_000 + 2_500 - 1, 100_000 + 2_500 + 1);
  }

  @Test
  void doesNotTouchWhatStaysBelowTheRate() {
    var brake = new NewFlowLimiter(10_000, START);

    assertThat(taken(brake, START, 100_000, SECOND / 9_999)).isEqualTo(100_000);
  }

  @Test
  void tellsWhetherThereIsATokenAndTakesNone() {
    var brake = new NewFlowLimiter(4, START);

    assertThat(brake.hasToken(START)).isTrue();
    assertThat(brake.hasToken(START)).isTrue();
    assertThat(brake.take(START)).isTrue();
    assertThat(brake.hasToken(START + 1)).isFalse();
    assertThat(brake.take(START + 1)).isFalse();
    assertThat(brake.hasToken(START + SECOND / 2)).isTrue();
    assertThat(brake.take(START + SECOND / 2)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 100_000_001})
  void refusesOtherRates(int perSecond) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new NewFlowLimiter(perSecond, 0))
        .withMessage("perSecond: " + perSecond + " (expected: 0 to 100000000)");
  }

  private static int taken(NewFlowLimiter brake, long start, int flows, long gap) {
    int taken = 0;
    for (int flow = 0; flow < flows; flow++) {
      taken += brake.take(start + flow * gap) ? 1 : 0;
    }
    return taken;
  }
}
