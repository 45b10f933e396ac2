package io.dsr.bench.packet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class LatencyHistogramTest {

  /** As sink.bpf.h does it. */
  private static int bucket(long nanoseconds) {
    if (nanoseconds < 32) {
      return (int) nanoseconds;
    }
    int power = 63 - Long.numberOfLeadingZeros(nanoseconds) - 5;
    return (power << 5) + (int) (nanoseconds >> power);
  }

  @Test
  void knowsTheEndsOfEachBucketOfTheSink() {
    for (long value = 1; value < 1L << 40; value += 1 + value / 7) {
      int bucket = bucket(value);

      assertThat((double) value)
          .as("%d in bucket %d", value, bucket)
          .isBetween(
              LatencyHistogram.lowerEnd(bucket),
              Math.nextDown(LatencyHistogram.lowerEnd(bucket + 1)));
    }
  }

  @Test
  void findsQuantilesToThreePercent() {
    var counts = new TreeMap<Integer, Long>();
    for (int micros = 1; micros <= 100; micros++) {
      counts.merge(bucket(micros * 1000L), 1L, Long::sum);
    }
    var histogram = new LatencyHistogram(counts);

    assertThat(histogram.quantile(0.50)).isCloseTo(50_000, within(1_600.0));
    assertThat(histogram.quantile(0.99)).isCloseTo(99_000, within(3_100.0));
    assertThat(histogram.quantile(0)).isCloseTo(1_000, within(32.0));
    assertThat(histogram.quantile(1)).isCloseTo(100_000, within(3_200.0));
  }

  @Test
  void hasNoQuantilesThatAreChance() {
    assertThat(LatencyHistogram.parse("40:19,").micros(0.50)).isNaN();
    assertThat(LatencyHistogram.parse("40:20,").micros(0.50)).isEqualTo(0.0405);
    assertThat(LatencyHistogram.parse("40:900,").micros(0.99)).isNaN();
    assertThat(LatencyHistogram.parse("40:1000,").micros(0.99)).isEqualTo(0.0405);
  }

  @Test
  void isEmptyWithoutFrames() {
    LatencyHistogram histogram = LatencyHistogram.parse("40:7,");

    assertThat(histogram.since(histogram).quantile(0.5)).isNaN();
  }

  @Test
  void addsUpTheFramesOfTwoRuns() {
    LatencyHistogram both =
        LatencyHistogram.parse("40:7,41:1,").plus(LatencyHistogram.parse("41:2,"));

    assertThat(both).isEqualTo(LatencyHistogram.parse("40:7,41:3,"));
    assertThat(both.frames()).isEqualTo(10);
  }

  @Test
  void leavesOutWhatCameEarlier() {
    LatencyHistogram earlier = LatencyHistogram.parse("40:7,41:1,");
    LatencyHistogram later = LatencyHistogram.parse("40:7,41:3,");

    assertThat(later.since(earlier).quantile(0)).isEqualTo(41.5);
  }
}
