package io.dsr.bench.packet;

import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/** Checks in seconds that each contender delivers and spreads; measures nothing. */
final class Smoke {

  /** At a thousand a second a busy machine may starve a balancer, but not for long. */
  private static final double TOLERATED_LOSS = 0.02;

  /** The busiest server over the mean: far beyond what a sound hash does. */
  private static final double TOLERATED_SPREAD = 1.5;

  private static final long LEAST_FRAMES = 300;

  private final Options options;
  private final Workshop workshop;
  private final PrintStream out;

  Smoke(Options options, Workshop workshop, PrintStream out) {
    this.options = options;
    this.workshop = workshop;
    this.out = out;
  }

  /** Runs it; returns the exit status. */
  int run() {
    int status = 0;
    for (Contender contender : options.contenders) {
      if (contender.missing().isPresent()) {
        out.println(contender + ": skipped: " + contender.missing().get());
        continue;
      }
      try {
        out.println(contender + ": " + checked(contender));
      } catch (IOException | IllegalStateException e) {
        out.println(contender + ": FAILED: " + e.getMessage());
        status = 1;
      }
    }
    return status;
  }

  private String checked(Contender contender) throws IOException {
    Scenario scenario = Scenario.PACED_1000;
    Measurement measured = Turn.smoke(contender, workshop, options, scenario);
    List<String> faults = new ArrayList<>();
    if (measured.delivered() < LEAST_FRAMES) {
      faults.add("too few frames");
    } else {
      if (measured.loss() > TOLERATED_LOSS) {
        faults.add("loss of " + Figures.percent(measured.loss()));
      }
      if (contender != Contender.GENERATOR && measured.spread() > TOLERATED_SPREAD) {
        faults.add(
            "the busiest server has " + Figures.decimal(measured.spread(), 2) + " x the mean");
      }
      if (measured.reordered() > 0) {
        faults.add(measured.reordered() + " frames reordered");
      }
    }
    if (!faults.isEmpty()) {
      throw new IOException(String.join(", ", faults));
    }
    return measured.delivered()
        + " frames, loss "
        + Figures.percent(measured.loss())
        + ", spread "
        + Figures.decimal(measured.spread(), 2);
  }
}
