package io.dsr.lab;

import io.dsr.linux.namespace.NetworkNamespace;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs iproute2's {@code ip} in a namespace. */
final class IpCommand {

  private static final long DEADLINE_SECONDS = 10;

  private IpCommand() {}

  /** Runs lines, each the arguments of one {@code ip}, up to the first that fails. */
  static String batch(NetworkNamespace namespace, List<String> lines) throws IOException {
    Process process =
        namespace.processBuilder(List.of("ip", "-batch", "-")).redirectErrorStream(true).start();
    try (var input = process.outputWriter(StandardCharsets.UTF_8)) {
      for (String line : lines) {
        input.write(line + "\n");
      }
    }
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (exitStatus(process) != 0) {
      throw new IOException(namespace.label() + ": ip failed: " + output.strip() + "; " + lines);
    }
    return output;
  }

  private static int exitStatus(Process process) throws IOException {
    try {
      if (process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
        return process.exitValue();
      }
      throw new IOException("ip -batch: still running after " + DEADLINE_SECONDS + " s");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("ip -batch: interrupted").initCause(e);
    } finally {
      process.destroyForcibly();
    }
  }
}
