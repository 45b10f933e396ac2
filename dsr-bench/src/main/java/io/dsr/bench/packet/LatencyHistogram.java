package io.dsr.bench.packet;

import java.util.Map;
import java.util.TreeMap;

/**
 * Latencies as the sink counts them: in buckets of a 32nd of a power of two, so that a quantile is
 * exact to 3 %.
 *
 * @param counts frames by bucket
 */
record LatencyHistogram(TreeMap<Integer, Long> counts) {

  static final LatencyHistogram EMPTY = new LatencyHistogram(new TreeMap<>());

  private static final double NANOS_PER_MICRO = 1_000;
  private static final int FEWEST_BEYOND = 10;
  private static final int SUB_BITS = 5;
  private static final int SUB_BUCKETS = 1 << SUB_BITS;

  /** Reads {@code bucket:count,bucket:count,}. */
  static LatencyHistogram parse(String text) {
    return new LatencyHistogram(new TreeMap<>(Counters.pairs(text)));
  }

  /** Returns the lower end of a bucket, in nanoseconds. */
  static double lowerEnd(int bucket) {
    if (bucket < 2 * SUB_BUCKETS) {
      return bucket;
    }
    return Math.scalb(SUB_BUCKETS + bucket % SUB_BUCKETS, bucket / SUB_BUCKETS - 1);
  }

  /** Returns what came since {@code earlier}. */
  LatencyHistogram since(LatencyHistogram earlier) {
    var difference = new TreeMap<Integer, Long>();
    counts.forEach((bucket, count) -> {
      long more = count - earlier.counts.getOrDefault(bucket, 0L);
      if (more > 0) {
        difference.put(bucket, more);
      }
    });
    return new LatencyHistogram(difference);
  }

  /** Returns the frames of both. */
  LatencyHistogram plus(LatencyHistogram other) {
    var sum = new TreeMap<>(counts);
    other.counts.forEach((bucket, count) -> sum.merge(bucket, count, Long::sum));
    return new LatencyHistogram(sum);
  }

  /** Returns how many frames there are. */
  long frames() {
    return counts.values().stream().mapToLong(Long::longValue).sum();
  }

  /**
   * Returns a quantile in microseconds, or NaN if fewer than ten frames lie beyond: it is chance.
   */
  double micros(double fraction) {
    long beyond = frames() - wanted(fraction);
    return beyond < FEWEST_BEYOND ? Double.NaN : quantile(fraction) / NANOS_PER_MICRO;
  }

  private long wanted(double fraction) {
    return Math.max(1, (long) Math.ceil(fraction * frames()));
  }

  /** Returns the middle of the bucket that a quantile lies in, in nanoseconds, or NaN if empty. */
  double quantile(double fraction) {
    long wanted = wanted(fraction);
    long seen = 0;
    for (Map.Entry<Integer, Long> entry : counts.entrySet()) {
      seen += entry.getValue();
      if (seen >= wanted) {
        return (lowerEnd(entry.getKey()) + lowerEnd(entry.getKey() + 1)) / 2;
      }
    }
    return Double.NaN;
  }
}
