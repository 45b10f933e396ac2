package io.dsr.linux.suppression;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Runs the system's tools; a child gets the network namespace of the thread that starts it. */
final class Commands {

  private Commands() {}

  /** Runs a command line without quotes and returns what it printed, or fails. */
  static String run(String line) {
    return run(List.of(line.split(" ")));
  }

  static String run(List<String> command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      int status = process.waitFor();
      if (status != 0) {
        throw new AssertionError(command + " ended with " + status + ": " + output);
      }
      return output;
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    } catch (InterruptedException interrupted) {
      throw new AssertionError(interrupted);
    }
  }

  static boolean installed(String tool) {
    return Stream.of("/usr/sbin", "/usr/bin", "/sbin", "/bin")
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, tool)));
  }
}
