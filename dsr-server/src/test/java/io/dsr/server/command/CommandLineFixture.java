package io.dsr.server.command;

import io.dsr.core.Balancer;
import io.dsr.server.control.ControlServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import picocli.CommandLine;

/** Runs commands as Main does, against a fake balancer behind a real socket. */
final class CommandLineFixture implements AutoCloseable {

  private static final Map<String, Supplier<ControlCommand>> COMMANDS =
      Map.of(
          "status", StatusCommand::new,
          "flows", FlowsCommand::new,
          "sessions", SessionsCommand::new,
          "explain", ExplainCommand::new,
          "preview", PreviewCommand::new,
          "set", SetCommand::new,
          "drain", DrainCommand::new,
          "undrain", UndrainCommand::new,
          "snapshot", SnapshotCommand::new,
          "reload", ReloadCommand::new);

  final Path socket;
  private final ControlServer server;
  private StringWriter out = new StringWriter();
  private StringWriter errors = new StringWriter();

  CommandLineFixture(Path directory, Balancer balancer) throws IOException {
    socket = directory.resolve("c");
    server = ControlServer.open(socket, balancer);
  }

  /** Returns the exit code of {@code command arguments --control SOCKET}. */
  int run(String command, String... arguments) {
    return runAt(socket, command, arguments);
  }

  int runAt(Path at, String command, String... arguments) {
    out = new StringWriter();
    errors = new StringWriter();
    String[] all =
        Stream.concat(Stream.of(arguments), Stream.of("--control", at.toString()))
            .toArray(String[]::new);
    return new CommandLine(java.util.Objects.requireNonNull(COMMANDS.get(command)).get())
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(errors, true))
        .execute(all);
  }

  List<String> out() {
    return out.toString().lines().toList();
  }

  String errors() {
    return errors.toString();
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
