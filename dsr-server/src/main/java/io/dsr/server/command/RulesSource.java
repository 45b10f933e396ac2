package io.dsr.server.command;

import io.dsr.rules.Rules;
import io.dsr.rules.RulesException;
import io.dsr.rules.RulesParser;
import io.dsr.rules.RulesReload;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.concurrent.ExecutionException;

/** Reads and reloads the rules of {@code run}, and reports the outcome. */
final class RulesSource {

  private final String name;
  private final InputStream standardInput;
  private final RulesReload reload = new RulesReload(this::parse);

  /** Reads from the file {@code name}, or from {@code standardInput} if that is {@code -}. */
  RulesSource(String name, InputStream standardInput) {
    this.name = name;
    this.standardInput = standardInput;
  }

  /**
   * Reads the rules.
   *
   * @throws RulesException if a line is wrong
   * @throws IOException if the file cannot be read or has no service, with its name in the message
   */
  Rules read() throws RulesException, IOException {
    return reload.read();
  }

  /** Reads the rules again and applies them, or tells why the old ones stay. */
  void reload(RulesReload.Target target, PrintStream errors) throws InterruptedException {
    if (name.equals(TextFile.STANDARD_INPUT)) {
      errors.println(
          "reload: rejected, the rules came from standard input (expected: --rules FILE)");
      return;
    }
    try {
      RulesReload.Outcome outcome = reload.reload(target).toCompletableFuture().get();
      errors.println("reload: " + outcome.diff());
      if (outcome.admissionDiffers()) {
        errors.println("reload: the old --defence stays until dsr restarts");
      }
    } catch (ExecutionException e) {
      refuse(e.getCause() == null ? e : e.getCause(), errors);
    }
  }

  private static void refuse(Throwable cause, PrintStream errors) {
    if (cause instanceof RulesException wrong) {
      wrong.faults().forEach(errors::println);
      errors.println("reload: rejected, the old rules stay");
    } else {
      errors.println("reload: rejected, the old rules stay: " + cause.getMessage());
    }
  }

  private Rules parse() throws RulesException, IOException {
    Rules rules = RulesParser.parse(name, TextFile.lines(name, standardInput, "a rules file"));
    if (rules.services().isEmpty()) {
      throw new IOException(
          name
              + " has no service (expected: -A and -a lines, as ipvsadm -S -n prints them; to stop"
              + " balancing, end dsr with SIGTERM)");
    }
    return rules;
  }
}
