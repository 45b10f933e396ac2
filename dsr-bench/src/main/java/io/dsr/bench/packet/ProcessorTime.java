package io.dsr.bench.packet;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Reads from /proc who has had how much of a CPU. */
final class ProcessorTime {

  private static final long TICK_NANOS = 10_000_000; // USER_HZ is 100 on every Linux
  private static final int IDLE = 4;
  private static final int IO_WAIT = 5;
  private static final int STEAL = 8;

  private ProcessorTime() {}

  /** Returns the nanoseconds that all threads of a process have had. */
  static long ofProcess(long pid) throws IOException {
    return ofProcess(pid, "");
  }

  /** Returns the nanoseconds that the compiler's threads of a Java process have had. */
  static long ofCompiler(long pid) throws IOException {
    return ofProcess(pid, "CompilerThre");
  }

  private static long ofProcess(long pid, String partOfName) throws IOException {
    long sum = 0;
    try (Stream<Path> tasks = Files.list(Path.of("/proc/" + pid + "/task"))) {
      for (Path task : tasks.toList()) {
        if (partOfName.isEmpty() || Files.readString(task.resolve("comm")).contains(partOfName)) {
          sum += ofTask(task);
        }
      }
    } catch (NoSuchFileException e) {
      throw new IOException("the balancer has ended", e);
    }
    return sum;
  }

  /** Returns the nanoseconds that a thread has had. */
  static long ofThread(long id) throws IOException {
    return ofTask(Path.of("/proc/" + id));
  }

  /** Returns the nanoseconds that a CPU was not idle, to a hundredth of a second. */
  static long busy(int cpu) throws IOException {
    return busy(Files.readAllLines(Path.of("/proc/stat")), cpu);
  }

  static long busy(List<String> stat, int cpu) throws IOException {
    for (String line : stat) {
      String[] fields = line.split(" ", -1);
      if (fields[0].equals("cpu" + cpu)) {
        long ticks = 0;
        for (int i = 1; i <= STEAL; i++) {
          ticks += i == IDLE || i == IO_WAIT ? 0 : Long.parseLong(fields[i]);
        }
        return ticks * TICK_NANOS;
      }
    }
    throw new IOException("/proc/stat: no cpu" + cpu);
  }

  private static long ofTask(Path task) throws IOException {
    try {
      String text = Files.readString(task.resolve("schedstat"));
      return Long.parseLong(text.substring(0, text.indexOf(' ')));
    } catch (NoSuchFileException e) {
      return 0; // it has just ended
    }
  }
}
