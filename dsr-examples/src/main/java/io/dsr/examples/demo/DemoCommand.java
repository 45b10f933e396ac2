package io.dsr.examples.demo;

import io.dsr.core.Scheduler;
import io.dsr.lab.EmbeddedBalancer;
import io.dsr.lab.Lab;
import io.dsr.lab.LabBuilder;
import io.dsr.lab.RunningBalancer;
import java.io.Console;
import java.io.PrintWriter;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Shows direct server return at work, in network namespaces of its own: nothing of the host's
 * network is touched, and nothing is left, however the process ends.
 */
@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    description = "Balance HTTP in a private lab network, and show the frames on the wire.")
public final class DemoCommand implements Callable<Integer> {

  private static final int MAXIMUM_SECONDS = 3600;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--seconds",
      paramLabel = "N",
      defaultValue = "5",
      description = "How many seconds to send requests, 1 to 3600 (default: ${DEFAULT-VALUE}).")
  private int seconds;

  @Option(
      names = "--servers",
      paramLabel = "N",
      defaultValue = "2",
      description = "How many real servers, 1 to 16 (default: ${DEFAULT-VALUE}).")
  private int servers;

  @Option(
      names = "--scheduler",
      paramLabel = "NAME",
      defaultValue = "rr",
      description = "The scheduler (default: ${DEFAULT-VALUE}).")
  private String scheduler = "rr";

  /** Creates the command with its defaults. */
  public DemoCommand() {}

  /** Runs the demo; returns 0, or 1 after saying what went wrong. */
  @Override
  public Integer call() {
    Scheduler chosen = checkedScheduler();
    PrintWriter out = spec.commandLine().getOut();
    try {
      Privileges.obtain();
      new Demo(seconds, servers, lab -> start(lab, chosen), out, isTerminal()).run();
      return 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 1;
    } catch (Exception e) {
      spec.commandLine().getErr().println("demo: " + message(e));
      return 1;
    }
  }

  private Scheduler checkedScheduler() {
    within("--seconds", seconds, MAXIMUM_SECONDS);
    within("--servers", servers, LabBuilder.MAXIMUM_SERVERS);
    Scheduler chosen = SchedulerNames.ALL.get(scheduler);
    if (chosen == null) {
      throw new ParameterException(
          spec.commandLine(),
          "--scheduler: \"%s\" (expected: one of %s)"
              .formatted(scheduler, String.join(", ", new TreeSet<>(SchedulerNames.ALL.keySet()))));
    }
    return chosen;
  }

  private void within(String option, int value, int maximum) {
    if (value < 1 || value > maximum) {
      throw new ParameterException(
          spec.commandLine(), "%s: %d (expected: 1 to %d)".formatted(option, value, maximum));
    }
  }

  private static AutoCloseable start(Lab lab, Scheduler scheduler) throws Exception {
    return EmbeddedBalancer.startReady(
        lab,
        builder -> builder,
        RunningBalancer.tcp(Lab.VIP, EmbeddedBalancer.HTTP, scheduler, lab.servers()));
  }

  // JDK 25 went back to returning null where there is no terminal.
  @SuppressWarnings("SystemConsoleNull")
  private static boolean isTerminal() {
    Console console = System.console();
    return console != null && console.isTerminal();
  }

  private static String message(Throwable failure) {
    return failure.getMessage() == null ? failure.toString() : failure.getMessage();
  }
}
