package io.dsr.core.admission;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TokenRateTest {

  private static final long SECOND = TokenRate.time(Sources.SECOND);

  @Test
  void admitsEverythingWithoutARate() {
    var rate = new TokenRate(0, 0);
    long fullAt = 0;
    for (int token = 0; token < 1000; token++) {
      fullAt = rate.take(fullAt, 7);
      assertThat(fullAt).isEqualTo(7);
    }
  }

  @Test
  void givesItsBurstAtOnceAndThenOneForEachInterval() {
    var rate = new TokenRate(10, 3);
    long fullAt = rate.take(rate.take(rate.take(0, SECOND), SECOND), SECOND);

    assertThat(rate.take(fullAt, SECOND)).isEqualTo(TokenRate.REFUSED);
    assertThat(rate.take(fullAt, SECOND + SECOND / 10 - 1)).isEqualTo(TokenRate.REFUSED);
    assertThat(rate.take(fullAt, SECOND + SECOND / 10)).isEqualTo(SECOND + 4 * SECOND / 10);
  }

  /** The other way to count tokens, in exact whole numbers: one is {@code SECOND} parts. */
  @ParameterizedTest
  @CsvSource({"1, 1", "10, 3", "100, 20", "1000, 1", "125000, 31250", "1000000, 1000000"})
  void admitsWhatATokenBucketDoes(int perSecond, int burst) {
    long seed = System.nanoTime();
    var random = new SplittableRandom(seed);
    var rate = new TokenRate(perSecond, burst);
    long fullAt = 0;
    long now = 0;
    long parts = burst * SECOND;
    for (int arrival = 0; arrival < 20_000; arrival++) {
      long pause = random.nextLong(random.nextInt(100) == 0 ? SECOND : 2 * SECOND / perSecond);
      now += pause;
      parts = Math.min(burst * SECOND, parts + pause * perSecond);

      long next = rate.take(fullAt, now);

      assertThat(next != TokenRate.REFUSED)
          .as("seed %d, arrival %d", seed, arrival)
          .isEqualTo(parts >= SECOND);
      if (next != TokenRate.REFUSED) {
        fullAt = next;
        parts -= SECOND;
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"3, 2", "7, 7", "999983, 5", "99999999, 20"})
  void neverAdmitsMoreThanItsRateWhereASecondIsNoMultiple(int perSecond, int burst) {
    var rate = new TokenRate(perSecond, burst);
    long fullAt = 0;
    long admitted = 0;
    long length = 2_000_000 * SECOND / perSecond;
    for (long now = 0; now < length; now += Math.max(1, SECOND / perSecond / 2)) {
      long next = rate.take(fullAt, now);
      if (next != TokenRate.REFUSED) {
        fullAt = next;
        admitted++;
      }
    }

    assertThat(admitted).isBetween(2_000_000L * 993 / 1000, 2_000_000L + burst);
  }

  @Test
  void roundsTimeUpToNanoseconds() {
    assertThat(TokenRate.nanos(TokenRate.time(12))).isEqualTo(12);
    assertThat(TokenRate.nanos(TokenRate.time(12) + 1)).isEqualTo(13);
    assertThat(TokenRate.nanos(1)).isEqualTo(1);
  }
}
