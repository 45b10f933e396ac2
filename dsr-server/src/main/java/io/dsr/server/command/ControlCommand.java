package io.dsr.server.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dsr.server.control.ControlClient;
import io.dsr.server.control.ControlException;
import io.dsr.server.control.Json;
import java.io.Console;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * A command to a balancer that runs. Exit codes: 0 done, 1 failed, 2 wrong usage; what went wrong
 * is told on standard error.
 */
abstract class ControlCommand implements Callable<Integer> {

  private static final int FAILED = 1;
  private static final int WRONG_USAGE = 2;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--control",
      paramLabel = "SOCKET",
      description = "The socket that dsr run --control opened (default: /run/dsr/control).")
  private Path socket = Path.of("/run/dsr/control");

  @Option(names = "--json", description = "Print the answers as JSON, one object per line.")
  private boolean json;

  @Option(
      names = "--aligned",
      description =
          "Align table columns even without a terminal, as in watch; otherwise tabs separate them.")
  private boolean aligned;

  /** Asks the balancer and prints; returns the exit code. */
  abstract int run(ControlClient client) throws ControlException;

  @Override
  public Integer call() {
    try (var client = new ControlClient(socket)) {
      return run(client);
    } catch (ControlException e) {
      String name = spec.name();
      String.valueOf(e.getMessage())
          .lines()
          .map(line -> line.startsWith(name + ": ") ? line : name + ": " + line)
          .forEach(errors()::println);
      errors().flush();
      return e.isUsage() ? WRONG_USAGE : FAILED;
    } finally {
      out().flush();
    }
  }

  /** Returns the exit code of a failure that has been told already. */
  static int failed() {
    return FAILED;
  }

  /** Returns whether answers are printed as they came. */
  final boolean isJson() {
    return json;
  }

  /** Returns standard output. */
  final PrintWriter out() {
    return spec.commandLine().getOut();
  }

  /** Returns standard error. */
  final PrintWriter errors() {
    return spec.commandLine().getErr();
  }

  /** Prints an answer as it came. */
  final void print(JsonNode answer) {
    out().println(answer);
  }

  /** Prints a table. */
  final void print(Table table) {
    table.lines().forEach(out()::println);
  }

  /** Returns a table that is aligned if somebody reads it. */
  final Table table(String... headings) {
    return new Table(isAligned(), headings);
  }

  /** Returns whether a person reads what is printed. */
  @SuppressWarnings("SystemConsoleNull") // it is null in 25, where nobody asked for jdk.console
  final boolean isAligned() {
    Console console = System.console();
    return aligned || (console != null && console.isTerminal());
  }

  /** Returns a request of a command. */
  static ObjectNode request(String command) {
    return Json.object().put("command", command);
  }
}
