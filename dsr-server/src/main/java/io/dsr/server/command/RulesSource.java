package io.dsr.server.command;

import io.dsr.rules.Rules;
import io.dsr.rules.RulesException;
import io.dsr.rules.RulesParser;
import io.dsr.rules.RulesReload;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

/** Where the rules of {@code run} come from, once and again, and what is said of it. */
final class RulesSource {

  private static final long POLL_MILLISECONDS = 100;

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

  /**
   * Reads the rules again and applies them, or tells why the old ones stay: whatever fails, be it
   * for want of memory. Whoever ends the process does not wait for that.
   */
  void reload(RulesReload.Target target, BooleanSupplier isEnding, PrintStream errors)
      throws InterruptedException {
    if (name.equals(TextFile.STANDARD_INPUT)) {
      errors.println(
          "reload: rejected, the rules came from standard input (expected: --rules FILE)");
      return;
    }
    try {
      CompletableFuture<RulesReload.Outcome> outcome =
          reload.reload(target).toCompletableFuture();
      while (!isDone(outcome)) {
        if (isEnding.getAsBoolean()) {
          return;
        }
      }
      tell(outcome.get(), errors);
    } catch (InterruptedException e) {
      throw e;
    } catch (ExecutionException e) {
      refuse(e.getCause() == null ? e : e.getCause(), errors);
    } catch (Throwable e) { // an OutOfMemoryError too: what runs goes on
      refuse(e, errors);
    }
  }

  private static boolean isDone(CompletableFuture<?> outcome)
      throws InterruptedException, ExecutionException {
    try {
      outcome.get(POLL_MILLISECONDS, TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    }
  }

  private static void tell(RulesReload.Outcome outcome, PrintStream errors) {
    errors.println("reload: " + outcome.diff());
    if (outcome.admissionDiffers()) {
      errors.println("reload: the old --defence stays until dsr restarts");
    }
  }

  private static void refuse(Throwable cause, PrintStream errors) {
    if (cause instanceof RulesException wrong) {
      wrong.faults().forEach(errors::println);
      errors.println("reload: rejected, the old rules stay");
    } else {
      errors.println("reload: rejected, the old rules stay: " + reason(cause));
    }
  }

  private static String reason(Throwable cause) {
    String message = cause.getMessage();
    return switch (cause) {
      case OutOfMemoryError e -> "out of memory: " + message + " (cure: java -Xmx with more)";
      case Error e -> e.toString();
      default -> message == null ? cause.toString() : message;
    };
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
