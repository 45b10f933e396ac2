package io.dsr.bench.packet;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.List;
import java.util.OptionalLong;

/** Takes measurements of one balancer. */
final class Meter {

  private static final long SETTLE_MILLISECONDS = 200;
  private static final long DRAIN_MILLISECONDS = 50;

  private final FarEnds ends;
  private final Options options;
  private final OptionalLong process;
  private final List<Long> pollers;

  /**
   * Creates a meter.
   *
   * @param process of the balancer, if it has one
   * @param pollers kernel threads that poll its interface; none in softirq
   */
  Meter(FarEnds ends, Options options, OptionalLong process, List<Long> pollers) {
    this.ends = ends;
    this.options = options;
    this.process = process;
    this.pollers = pollers;
  }

  /** Runs a scenario for so long, after a moment in which nothing is counted. */
  Measurement measure(Scenario scenario, long milliseconds) throws IOException {
    return measure(scenario, milliseconds, DRAIN_MILLISECONDS);
  }

  /** Waits for frames under way for so long at most. */
  Measurement measure(Scenario scenario, long milliseconds, long drainMilliseconds)
      throws IOException {
    boolean quiet = scenario.rate() < 0;
    Counters start = ends.read();
    if (!quiet) {
      ends.begin(scenario, options);
    }
    pause(SETTLE_MILLISECONDS);
    long cpu = cpuTime();
    long busy = ProcessorTime.busy(Balancer.CPU);
    Counters before = ends.read();
    pause(milliseconds);
    Counters after = ends.read();
    cpu = cpuTime() - cpu;
    busy = ProcessorTime.busy(Balancer.CPU) - busy;
    if (!quiet) {
      ends.end();
    }
    Counters whole = ends.read().since(start);
    for (long waited = 0;
        !quiet && waited < drainMilliseconds && whole.delivered() < whole.sent();
        waited += DRAIN_MILLISECONDS) {
      pause(DRAIN_MILLISECONDS);
      whole = ends.read().since(start);
    }
    return measurement(after.since(before), whole, cpu, busy);
  }

  private Measurement measurement(Counters window, Counters whole, long cpu, long busy) {
    boolean metered = process.isPresent() || !pollers.isEmpty();
    double frames = window.delivered();
    return new Measurement(
        frames * 1e9 / window.nanos(),
        whole.loss(),
        metered && frames > 0 ? cpu / frames : Double.NaN,
        metered && frames > 0 ? busy / frames : Double.NaN,
        metered ? 100.0 * cpu / window.nanos() : Double.NaN,
        whole.spread(options.servers),
        whole.latency(),
        whole.reordered(),
        whole.delivered());
  }

  private long cpuTime() throws IOException {
    long sum = process.isPresent() ? ProcessorTime.ofProcess(process.getAsLong()) : 0;
    for (long poller : pollers) {
      sum += ProcessorTime.ofThread(poller);
    }
    return sum;
  }

  static void pause(long milliseconds) throws IOException {
    try {
      Thread.sleep(milliseconds);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("interrupted").initCause(e);
    }
  }
}
