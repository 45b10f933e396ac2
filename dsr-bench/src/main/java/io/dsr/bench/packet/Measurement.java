package io.dsr.bench.packet;

/**
 * What one scenario of one turn gave; NaN where it does not apply.
 *
 * @param framesPerSecond delivered
 * @param loss share of the sent frames that did not come, 0 to 1
 * @param cpuNanos CPU time of the balancer a frame, softirq included: of its process and of the
 *     kernel threads that poll its interface
 * @param busyNanos time a frame that the balancer's CPU was not idle, whoever had it
 * @param cpuPercent CPU time of the balancer, in percent of a core
 * @param spread frames of the busiest server over the mean
 * @param latency one-way
 * @param reordered frames that came after a younger one of their flow
 * @param delivered frames, of the whole scenario
 */
record Measurement(
    double framesPerSecond,
    double loss,
    double cpuNanos,
    double busyNanos,
    double cpuPercent,
    double spread,
    LatencyHistogram latency,
    long reordered,
    long delivered) {

  /** Returns the latency that half of the frames kept below, in microseconds. */
  double p50() {
    return latency.micros(0.50);
  }

  /** Returns the latency that one frame of a hundred exceeded, in microseconds. */
  double p99() {
    return latency.micros(0.99);
  }
}
