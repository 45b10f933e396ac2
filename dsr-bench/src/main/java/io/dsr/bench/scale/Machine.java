package io.dsr.bench.scale;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;

/** What a result was measured with: without it a figure says nothing. */
final class Machine {

  private static final Path CPUS = Path.of("/proc/cpuinfo");
  private static final com.sun.management.ThreadMXBean THREADS =
      (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

  private Machine() {}

  /** Returns the lines that stand above a result of {@code main}. */
  static List<String> header(Class<?> main) {
    return List.of(
        "- command: `java "
            + options()
            + " -cp dsr-bench/target/dsr-bench.jar "
            + main.getName()
            + "`",
        "- date: " + LocalDate.now(),
        "- machine: " + processor() + "; Linux " + System.getProperty("os.version"),
        "- Java: " + System.getProperty("java.vm.name") + " " + Runtime.version(),
        "- memory: heap at most " + mebibytes(Runtime.getRuntime().maxMemory()),
        "- noise: "
            + System.getProperty("dsr.bench.noise", "not stated: take the machine for a busy one"));
  }

  /** Returns how many bytes this thread has allocated so far. */
  static long allocatedBytes() {
    return THREADS.getCurrentThreadAllocatedBytes();
  }

  /** Returns how much of the heap is in use, after a collection. */
  static String heapInUse() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return mebibytes(runtime.totalMemory() - runtime.freeMemory());
  }

  private static String mebibytes(long bytes) {
    return String.format("%,d MiB", bytes >> 20);
  }

  private static String options() {
    return String.join(
        " ",
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
            .filter(argument -> argument.startsWith("-X") || argument.startsWith("-Ddsr."))
            .map(argument -> argument.contains(" ") ? "'" + argument + "'" : argument)
            .toList());
  }

  private static String processor() {
    int count = Runtime.getRuntime().availableProcessors();
    try {
      return Files.readAllLines(CPUS).stream()
              .filter(line -> line.startsWith("model name"))
              .map(line -> line.substring(line.indexOf(':') + 1).strip())
              .findFirst()
              .orElse("unknown processor")
          + " x "
          + count;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
