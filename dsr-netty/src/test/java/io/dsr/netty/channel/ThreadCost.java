package io.dsr.netty.channel;

import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the calling thread has cost; by reflection, as this module does not read jdk.management. */
public final class ThreadCost {

  private static final Object THREADS;
  private static final Method ALLOCATED;

  static {
    try {
      THREADS =
          Class.forName("java.lang.management.ManagementFactory")
              .getMethod("getThreadMXBean")
              .invoke(null);
      ALLOCATED =
          Class.forName("com.sun.management.ThreadMXBean")
              .getMethod("getCurrentThreadAllocatedBytes");
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("ThreadMXBean", e);
    }
  }

  private ThreadCost() {}

  /** Returns the bytes that the calling thread has allocated. */
  public static long allocated() throws ReflectiveOperationException {
    return (long) ALLOCATED.invoke(THREADS);
  }

  /** Returns what the kernel calls the calling thread: its statistics. */
  static Path ofThread() throws Exception {
    Path task = Files.readSymbolicLink(Path.of("/proc/thread-self"));
    return Path.of("/proc").resolve(task).resolve("schedstat");
  }

  /** Returns for how long a thread has run, in nanoseconds. */
  static long nanos(Path statistics) throws Exception {
    String text = Files.readString(statistics);
    return Long.parseLong(text.substring(0, text.indexOf(' ')));
  }

  /** Returns for how long a thread has run, in nanoseconds, once it runs no more. */
  static long nanosAtRest(Path statistics) throws Exception {
    long before = nanos(statistics);
    for (int looks = 0; looks < 500; looks++) {
      Thread.sleep(10);
      long now = nanos(statistics);
      if (now == before) {
        return now;
      }
      before = now;
    }
    throw new AssertionError("the thread does not come to rest within 5 s");
  }
}
