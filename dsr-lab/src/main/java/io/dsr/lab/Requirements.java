package io.dsr.lab;

import io.dsr.linux.namespace.NetworkNamespace;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What a test in the lab needs of the machine. */
public final class Requirements {

  private Requirements() {}

  /**
   * Returns what is missing for a test, for it to be skipped; empty where nothing is, or where
   * nothing may be skipped ({@code -Ddsr.test.required=true}): then it fails later.
   *
   * @param tools programs that the test starts
   */
  public static Optional<String> whyNot(String... tools) {
    if (Boolean.getBoolean("dsr.test.required")) {
      return Optional.empty();
    }
    Optional<String> missing = NetworkNamespace.whyNot();
    for (String tool : tools) {
      if (missing.isEmpty() && !isInstalled(tool)) {
        missing = Optional.of(tool + " is not installed");
      }
    }
    return missing;
  }

  private static boolean isInstalled(String tool) {
    List<String> folders = List.of(System.getenv("PATH").split(":"));
    return Stream.concat(folders.stream(), Stream.of("/usr/sbin", "/sbin"))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, tool)));
  }
}
