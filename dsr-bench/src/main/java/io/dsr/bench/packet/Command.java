package io.dsr.bench.packet;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs a program to its end. */
final class Command {

  private static final long DEADLINE_SECONDS = 60;

  private Command() {}

  /**
   * Runs it with {@code input} and returns what it printed, errors included.
   *
   * @throws IOException if it cannot be started, fails, or still runs after a minute
   */
  static String run(ProcessBuilder builder, String input) throws IOException {
    Process process = builder.redirectErrorStream(true).start();
    try (var writer = process.outputWriter(StandardCharsets.UTF_8)) {
      writer.write(input);
    } catch (IOException e) {
      // It has ended before it read all: its exit status tells.
    }
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (exitStatus(process) != 0) {
      throw new IOException(String.join(" ", builder.command()) + ": " + output.strip());
    }
    return output;
  }

  /** Runs it without input. */
  static String run(List<String> command) throws IOException {
    return run(new ProcessBuilder(command), "");
  }

  private static int exitStatus(Process process) throws IOException {
    try {
      if (process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
        return process.exitValue();
      }
      throw new IOException("still runs after " + DEADLINE_SECONDS + " s");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("interrupted").initCause(e);
    } finally {
      process.destroyForcibly();
    }
  }
}
