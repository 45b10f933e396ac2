package io.dsr.bench.packet;

import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
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
        turns(run, contenders, false);
        turns(run, contenders, true);
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

  /**
   * Has all contenders ready at once, and measures each scenario of all of them before the next:
   * what a machine's neighbours do changes within seconds, and would else be in the ratios.
   */
  private void turns(int run, List<Contender> contenders, boolean twoCpus) {
    List<Scenario> scenarios =
        options.scenarios.stream().filter(scenario -> scenario.twoCpus() == twoCpus).toList();
    var turns = new EnumMap<Contender, Turn>(Contender.class);
    try {
      for (Contender contender : contenders) {
        if (scenarios.stream().anyMatch(scenario -> scenario.fits(contender))) {
          tell(run, twoCpus, "starting " + contender);
          try {
            turns.put(contender, Turn.begin(contender, workshop, options, twoCpus));
          } catch (IOException | IllegalStateException e) {
            fail(contender, e);
          }
        }
      }
      for (int round = 0; round < options.rounds; round++) {
        for (Scenario scenario : scenarios) {
          tell(run, twoCpus, "measuring " + scenario);
          for (int part = 0; part < scenario.parts(); part++) {
            measure((run - 1) * options.rounds + round, part, scenario, turns);
          }
        }
      }
    } finally {
      var closing = new ArrayDeque<Runnable>();
      turns.values().forEach(turn -> closing.push(turn::close));
      Turn.closeAll(closing);
    }
  }

  private void measure(int round, int part, Scenario scenario, Map<Contender, Turn> turns) {
    List<Contender> order = List.copyOf(turns.keySet());
    // Nobody always comes after the same one.
    for (Contender contender : (round + part) % 2 == 0 ? order : order.reversed()) {
      Turn turn = turns.get(contender);
      if (turn != null && scenario.fits(contender)) {
        try {
          results.add(
              round * Scenario.MOST_PARTS + part, contender, scenario, turn.measure(scenario));
        } catch (IOException | IllegalStateException e) {
          fail(contender, e);
          turns.remove(contender);
          turn.close();
        }
      }
    }
  }

  private void fail(Contender contender, Exception e) {
    progress.println("  " + contender + " failed: " + e.getMessage());
    results.fail(contender, String.valueOf(e.getMessage()));
  }

  private void tell(int run, boolean twoCpus, String what) {
    progress.printf(
        "run %d/%d  %s  %s%n", run, options.runs, twoCpus ? "two CPUs" : "one CPU ", what);
  }
}
