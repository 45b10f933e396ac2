package io.dsr.bench.packet;

import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The command {@code dsr bench}: exit status 0 is done, 1 failed, 2 wrong usage. */
public final class Bench {

  private static final int FAILED = 1;
  private static final int WRONG_USAGE = 2;

  private final Options options;
  private final Workshop workshop;
  private final PrintStream progress;
  private final Results results = new Results();

  private Bench(Options options, Workshop workshop, PrintStream progress) {
    this.options = options;
    this.workshop = workshop;
    this.progress = progress;
  }

  /** Runs the command. */
  public static void main(String[] arguments) {
    System.exit(run(System.out, System.err, arguments));
  }

  static int run(PrintStream out, PrintStream err, String... arguments) {
    try {
      Options options = Options.parse(arguments);
      if (options.help) {
        out.print(Options.USAGE);
        return 0;
      }
      Privileges.require();
      try (Workshop workshop = Workshop.open()) {
        return options.smoke
            ? new Smoke(options, workshop, out).run()
            : new Bench(options, workshop, err).run(out);
      }
    } catch (UsageException e) {
      err.println("dsr bench: " + e.getMessage());
      return WRONG_USAGE;
    } catch (IOException e) {
      err.println("dsr bench: " + e.getMessage());
      return FAILED;
    }
  }

  private int run(PrintStream out) throws IOException {
    Calibration calibration;
    try (SharedLock held = SharedLock.take(options.lock)) {
      assert held != null;
      calibration = Calibration.take(workshop);
    }
    List<Contender> contenders = present();
    for (int run = 1; run <= options.runs; run++) {
      try (SharedLock held = SharedLock.take(options.lock)) {
        assert held != null;
        results.beginRun();
        for (Contender contender : contenders) {
          turns(run, contender);
        }
      }
    }
    Map<String, String> machine = Surroundings.read(options);
    if (options.json) {
      out.println(JsonReport.document(results, options, machine, calibration));
    } else {
      boolean terminal = System.console() != null && System.console().isTerminal();
      new TableReport(results, terminal).lines(machine, calibration).forEach(out::println);
    }
    return results.hasFailed() ? FAILED : 0;
  }

  private List<Contender> present() {
    var present = new ArrayList<Contender>();
    for (Contender contender : options.contenders) {
      contender
          .missing()
          .ifPresentOrElse(why -> results.skip(contender, why), () -> present.add(contender));
    }
    return present;
  }

  private void turns(int run, Contender contender) {
    for (boolean twoCpus : new boolean[] {false, true}) {
      List<Scenario> scenarios =
          options.scenarios.stream()
              .filter(scenario -> scenario.twoCpus() == twoCpus && scenario.fits(contender))
              .toList();
      if (scenarios.isEmpty()) {
        continue;
      }
      progress.printf(
          "run %d/%d  %-10s  %s%n", run, options.runs, contender, twoCpus ? "two CPUs" : "one CPU");
      try {
        results.add(contender, new Turn(contender, workshop, options).take(scenarios));
      } catch (IOException | IllegalStateException e) {
        progress.println("  failed: " + e.getMessage());
        results.fail(contender, String.valueOf(e.getMessage()));
      }
    }
  }
}
