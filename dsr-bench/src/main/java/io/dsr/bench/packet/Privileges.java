package io.dsr.bench.packet;

import io.dsr.linux.namespace.NetworkNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** What the benchmark needs of its host. */
final class Privileges {

  private static final List<Program> PROGRAMS =
      List.of(
          Program.CLANG,
          Program.ETHTOOL,
          Program.IP,
          Program.NSENTER,
          Program.TASKSET,
          Program.UNSHARE);

  private Privileges() {}

  /**
   * Returns normally if all is there.
   *
   * @throws IOException if not: what, and how to come by it
   */
  static void require() throws IOException {
    Optional<String> whyNot = whyNot();
    if (whyNot.isPresent()) {
      throw new IOException(whyNot.get());
    }
  }

  /** Returns what is missing, or empty. */
  static Optional<String> whyNot() {
    for (Program program : PROGRAMS) {
      if (!program.isInstalled()) {
        return Optional.of(program.missing());
      }
    }
    if (!isRoot()) {
      return Optional.of(
          "this needs root, outside of any user namespace: bpf(2) is refused otherwise"
              + " (cure: sudo ./dsr bench)");
    }
    return NetworkNamespace.whyNot();
  }

  private static boolean isRoot() {
    try {
      List<String> map = Files.readAllLines(Path.of("/proc/self/uid_map"));
      boolean initial =
          map.size() == 1 && map.getFirst().strip().split("\\s+")[2].equals("4294967295");
      return initial
          && "0".equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid").toString());
    } catch (IOException e) {
      return false;
    }
  }
}
