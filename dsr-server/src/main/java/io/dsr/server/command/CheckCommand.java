package io.dsr.server.command;

import io.dsr.rules.Rules;
import io.dsr.rules.RulesException;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Reads a file of rules as {@code run} does, and tells what is wrong with it. */
@Command(
    name = "check",
    mixinStandardHelpOptions = true,
    description = "Check a rules file, without a balancer.",
    footer = {"", "Exit codes: 0 if dsr run would take it; 2 if not, with each fault's FILE:LINE."})
public final class CheckCommand implements Callable<Integer> {

  private static final int USAGE = 2;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(
      paramLabel = "RULES|-",
      description = "A rules file, as for dsr run --rules; - for standard input.")
  private String file = "";

  /** Creates the command. */
  public CheckCommand() {}

  /** Checks; returns 0, or 2 for rules that {@code run} would refuse. */
  @Override
  public Integer call() {
    PrintWriter errors = spec.commandLine().getErr();
    try {
      Rules rules = new RulesSource(file, System.in).read();
      spec.commandLine()
          .getOut()
          .printf(
              Locale.ROOT,
              "%s: %,d services, %,d real servers%n",
              file,
              rules.services().size(),
              rules.services().stream()
                  .flatMap(service -> service.realServers().stream())
                  .map(server -> server.address())
                  .distinct()
                  .count());
      spec.commandLine().getOut().flush();
      return 0;
    } catch (RulesException e) {
      e.faults().forEach(errors::println);
    } catch (IOException e) {
      errors.println("check: " + e.getMessage());
    }
    errors.flush();
    return USAGE;
  }
}
