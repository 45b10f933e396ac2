package io.dsr.lab.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What proc(5) tells of this process's threads. */
final class PathsOf {

  private PathsOf() {}

  static List<Path> threads() throws IOException {
    try (Stream<Path> threads = Files.list(Path.of("/proc/self/task"))) {
      return threads.toList();
    }
  }

  /** Returns the fields of a thread's status; none if it has ended. */
  static Map<String, String> status(Path thread) throws IOException {
    Map<String, String> fields = new HashMap<>();
    try {
      for (String line : Files.readAllLines(thread.resolve("status"))) {
        int colon = line.indexOf(':');
        fields.put(line.substring(0, colon), line.substring(colon + 1).strip());
      }
    } catch (NoSuchFileException e) {
      return Map.of();
    }
    return fields;
  }
}
