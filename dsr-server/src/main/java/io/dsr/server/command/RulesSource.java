package io.dsr.server.command;

import io.dsr.rules.Rules;
import io.dsr.rules.RulesException;
import io.dsr.rules.RulesParser;
import io.dsr.rules.RulesReload;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

/** Reads and reloads the rules of {@code run}, and reports the outcome. */
final class RulesSource {

  private static final long POLL_MILLISECONDS = 100;

  private final String name;
  private final InputStream standardInput;
  private final RulesReload reload = new RulesReload(this::parse);
  private List<String> lines = List.of();

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
    lines = text();
    return reload.read();
  }

  /**
   * Reads the rules again and applies them, or tells why the old ones stay: whatever fails, be it
   * for want of memory. Whoever ends the process waits for neither, though the file is a FIFO that
   * nobody writes, or on a file server that does not answer.
   *
   * @return the lines that tell what changed, or a failure with those that tell why not: an {@link
   *     IllegalArgumentException} for bad rules, an {@link IllegalStateException} for all else
   */
  CompletableFuture<List<String>> reload(RulesReload.Target target, BooleanSupplier isEnding)
      throws InterruptedException {
    if (name.equals(TextFile.STANDARD_INPUT)) {
      return failed(
          "reload: rejected, the rules came from standard input (expected: --rules FILE)");
    }
    try {
      CompletableFuture<List<String>> text = textOfAnotherThread();
      if (!isDoneBeforeTheEnd(text, isEnding)) {
        return failed("reload: the balancer ends");
      }
      lines = text.get();
      CompletableFuture<RulesReload.Outcome> outcome = reload.reload(target).toCompletableFuture();
      if (!isDoneBeforeTheEnd(outcome, isEnding)) {
        return failed("reload: the balancer ends");
      }
      return CompletableFuture.completedFuture(lines(outcome.get()));
    } catch (InterruptedException e) {
      throw e;
    } catch (ExecutionException e) {
      return refused(e.getCause() == null ? e : e.getCause());
    } catch (Throwable e) { // an OutOfMemoryError too: what runs goes on
      return refused(e);
    }
  }

  private static boolean isDoneBeforeTheEnd(CompletableFuture<?> outcome, BooleanSupplier isEnding)
      throws InterruptedException, ExecutionException {
    while (!isDone(outcome)) {
      if (isEnding.getAsBoolean()) {
        return false;
      }
    }
    return true;
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

  private static List<String> lines(RulesReload.Outcome outcome) {
    String changed = "reload: " + outcome.diff();
    return outcome.admissionDiffers()
        ? List.of(changed, "reload: the old --defence stays until dsr restarts")
        : List.of(changed);
  }

  private static CompletableFuture<List<String>> refused(Throwable cause) {
    if (cause instanceof RulesException wrong) {
      List<String> lines = new ArrayList<>(wrong.faults());
      lines.add("reload: rejected, the old rules stay");
      return CompletableFuture.failedFuture(
          new IllegalArgumentException(String.join("\n", lines), cause));
    }
    return failed("reload: rejected, the old rules stay: " + reason(cause));
  }

  private static CompletableFuture<List<String>> failed(String line) {
    return CompletableFuture.failedFuture(new IllegalStateException(line));
  }

  private static String reason(Throwable cause) {
    String message = cause.getMessage();
    return switch (cause) {
      case OutOfMemoryError e -> "out of memory: " + message + " (cure: java -Xmx with more)";
      case Error e -> e.toString();
      default -> message == null ? cause.toString() : message;
    };
  }

  /** Reads the file on a thread that nobody has to wait for; the end of the process ends it. */
  private CompletableFuture<List<String>> textOfAnotherThread() {
    var text = new CompletableFuture<List<String>>();
    Thread.ofPlatform()
        .daemon()
        .name("dsr-rules")
        .start(() -> {
          try {
            text.complete(text());
          } catch (Throwable e) { // an OutOfMemoryError too: whoever waits is told
            text.completeExceptionally(e);
          }
        });
    return text;
  }

  private List<String> text() throws IOException {
    return TextFile.lines(name, standardInput, "a rules file");
  }

  private Rules parse() throws RulesException, IOException {
    Rules rules = RulesParser.parseForBalancer(name, lines);
    if (rules.services().isEmpty()) {
      throw new IOException(
          name
              + " has no service (expected: -A and -a lines, as ipvsadm -S -n prints them; to stop"
              + " balancing, end dsr with SIGTERM)");
    }
    return rules;
  }
}
