package io.dsr.linux.namespace;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs programs of these tests in virtual machines of their own, and other commands. */
final class ChildProgram {

  private static final long DEADLINE_SECONDS = 30;

  private ChildProgram() {}

  /** Returns the command that runs {@code main} with this build's classes. */
  static List<String> java(Class<?> main, String... arguments) {
    var command =
        new ArrayList<String>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                Path.of("target/classes").toAbsolutePath()
                    + ":"
                    + Path.of("target/test-classes").toAbsolutePath(),
                main.getName()));
    command.addAll(List.of(arguments));
    return command;
  }

  /** Runs a command to its end, and returns its exit status and all that it printed. */
  static Result run(List<String> command) throws IOException, InterruptedException {
    return await(new ProcessBuilder(command));
  }

  static Result await(ProcessBuilder builder) throws IOException, InterruptedException {
    Process process = builder.redirectErrorStream(true).start();
    process.getOutputStream().close();
    var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new IOException("still runs: " + builder.command());
    }
    return new Result(process.pid(), process.exitValue(), output.strip());
  }

  /** How a program ended. */
  record Result(long pid, int status, String output) {}
}
