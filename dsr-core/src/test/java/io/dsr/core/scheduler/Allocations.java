package io.dsr.core.scheduler;

import java.lang.reflect.Method;

/** How much a thread has allocated; by reflection, as this module does not read jdk.management. */
final class Allocations {

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

  private Allocations() {}

  /** Returns how many bytes this thread has allocated since it started. */
  static long ofThisThread() {
    try {
      return (long) ALLOCATED.invoke(THREADS);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("ThreadMXBean", e);
    }
  }
}
