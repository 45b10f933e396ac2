package io.dsr.examples.host;

import static org.assertj.core.api.Assumptions.assumeThat;

import io.dsr.linux.namespace.NetworkNamespace;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What a test in the lab needs of the machine. */
final class Requirements {

  private Requirements() {}

  /**
   * Skips the test where something is missing, unless nothing may be skipped: then it fails later.
   */
  static void check(String... tools) {
    if (Boolean.getBoolean("dsr.test.required")) {
      return;
    }
    assumeThat(NetworkNamespace.whyNot()).as("network namespaces").isEmpty();
    for (String tool : tools) {
      assumeThat(isInstalled(tool)).as(tool + " is installed").isTrue();
    }
  }

  private static boolean isInstalled(String tool) {
    List<String> folders = List.of(System.getenv("PATH").split(":"));
    return Stream.concat(folders.stream(), Stream.of("/usr/sbin", "/sbin"))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, tool)));
  }
}
