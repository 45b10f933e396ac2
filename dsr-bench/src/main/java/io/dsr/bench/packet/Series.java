package io.dsr.bench.packet;

import java.util.Arrays;
import java.util.List;

/**
 * The same figure of several rounds.
 *
 * @param median the middle one, or the mean of the two in the middle; NaN if there is none
 * @param minimum the smallest
 * @param maximum the largest
 */
record Series(double median, double minimum, double maximum) {

  /** Summarises what is a number of {@code values}. */
  static Series of(List<Double> values) {
    double[] sorted =
        values.stream().mapToDouble(Double::doubleValue).filter(Double::isFinite).toArray();
    Arrays.sort(sorted);
    int count = sorted.length;
    if (count == 0) {
      return new Series(Double.NaN, Double.NaN, Double.NaN);
    }
    double median = (sorted[(count - 1) / 2] + sorted[count / 2]) / 2;
    return new Series(median, sorted[0], sorted[count - 1]);
  }
}
