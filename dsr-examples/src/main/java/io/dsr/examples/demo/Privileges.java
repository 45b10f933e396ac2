package io.dsr.examples.demo;

import io.dsr.linux.namespace.NetworkNamespace;
import io.dsr.linux.namespace.ProcessImage;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Sees to it that this process may make network namespaces and configure them. */
final class Privileges {

  private static final String GUARD = "DSR_DEMO_IN_USER_NAMESPACE";
  private static final List<String> USER_NAMESPACE = List.of("unshare", "-Ur");
  private static final long DEADLINE_SECONDS = 10;

  // CAP_NET_ADMIN, CAP_NET_RAW, CAP_SYS_ADMIN of capabilities(7)
  private static final long NEEDED = 1L << 12 | 1L << 13 | 1L << 21;

  private Privileges() {}

  /**
   * Returns at once if all is permitted; else restarts this program in a user namespace, in place
   * of this process.
   *
   * @throws IOException if that cannot be done: what to install or enable
   */
  static void obtain() throws IOException {
    require("ip", "iproute2");
    require("nsenter", "util-linux");
    if (hasCapabilities()) {
      Optional<String> whyNot = NetworkNamespace.whyNot();
      if (whyNot.isEmpty()) {
        return;
      }
      if (System.getenv(GUARD) != null) {
        throw new IOException(whyNot.get());
      }
    }
    enterUserNamespace();
  }

  private static void enterUserNamespace() throws IOException {
    require("unshare", "util-linux");
    if (System.getenv(GUARD) != null || !userNamespacesWork()) {
      throw new IOException(
          "the demo needs root or user namespaces, which this system forbids (cure: run it with sudo, or"
              + " let `unshare -Ur true` succeed: sysctl user.max_user_namespaces above 0;"
              + " kernel.apparmor_restrict_unprivileged_userns=0 on Ubuntu;"
              + " kernel.unprivileged_userns_clone=1 on Debian; in a container, its seccomp"
              + " profile)");
    }
    var command = new ArrayList<String>(USER_NAMESPACE);
    command.addAll(ProcessImage.commandLine());
    ProcessImage.replace(command, Map.of(GUARD, "1"));
  }

  private static boolean hasCapabilities() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/thread-self/status"))) {
      if (line.startsWith("CapEff:")) {
        long effective = Long.parseUnsignedLong(line.substring("CapEff:".length()).strip(), 16);
        return (effective & NEEDED) == NEEDED;
      }
    }
    return false;
  }

  private static boolean userNamespacesWork() throws IOException {
    var command = new ArrayList<String>(USER_NAMESPACE);
    command.add("true");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      return process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS) && process.exitValue() == 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      process.destroyForcibly();
    }
  }

  private static void require(String program, String origin) throws IOException {
    String path = System.getenv().getOrDefault("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    for (String directory : path.split(File.pathSeparator, -1)) {
      if (Files.isExecutable(Path.of(directory, program))) {
        return;
      }
    }
    throw new IOException(
        "the program " + program + " is not in PATH: install " + origin + ", or add /usr/sbin");
  }
}
