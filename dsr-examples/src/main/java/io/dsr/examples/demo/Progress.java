package io.dsr.examples.demo;

import io.dsr.lab.HttpLoad;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;

/** Shows how far a load is: one line, renewed, on a terminal; a line each second elsewhere. */
final class Progress {

  private static final Duration TERMINAL_STEP = Duration.ofMillis(200);
  private static final Duration PLAIN_STEP = Duration.ofSeconds(1);

  private final PrintWriter out;
  private final boolean terminal;
  private final Duration length;

  Progress(PrintWriter out, boolean terminal, Duration length) {
    this.out = out;
    this.terminal = terminal;
    this.length = length;
  }

  /** Returns once the load has run for the whole time. */
  void await(HttpLoad load) throws InterruptedException {
    long begin = System.nanoTime();
    out.println();
    Duration step = terminal ? TERMINAL_STEP : PLAIN_STEP;
    for (Duration passed = Duration.ZERO; passed.compareTo(length) < 0; ) {
      Duration left = length.minus(passed);
      Thread.sleep(left.compareTo(step) < 0 ? left : step);
      passed = Duration.ofNanos(System.nanoTime() - begin);
      show(line(passed, load));
    }
    if (terminal) {
      out.println();
    }
  }

  private void show(String line) {
    if (terminal) {
      out.print("\r" + line);
    } else {
      out.println(line);
    }
    out.flush();
  }

  private String line(Duration passed, HttpLoad load) {
    long requests = load.requests().values().stream().mapToLong(Long::longValue).sum();
    return String.format(
        Locale.ROOT,
        "%2d/%d s  %,9d downloads  %,7d MB  %d failed",
        Math.min(passed.toSeconds(), length.toSeconds()),
        length.toSeconds(),
        requests,
        load.received() / 1_000_000,
        load.failures());
  }
}
