package io.dsr.lab.e2e;

import io.dsr.lab.Host;
import io.dsr.linux.namespace.NetworkNamespace;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Runs programs in namespaces. */
final class Command {

  private Command() {}

  /** Runs a program on a host, and returns what it says. */
  static String run(Host host, String... command) throws Exception {
    return run(host.namespace(), List.of(command));
  }

  /**
   * Runs a program to its end, and returns what it says on either stream.
   *
   * @throws IOException if it ends with another status than 0
   */
  static String run(NetworkNamespace namespace, List<String> command) throws Exception {
    Process process = namespace.processBuilder(command).redirectErrorStream(true).start();
    try {
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      int status = process.waitFor();
      if (status != 0) {
        throw new IOException(
            namespace.label() + ": " + command + " ended with " + status + ": " + output);
      }
      return output;
    } finally {
      process.destroyForcibly();
    }
  }
}
