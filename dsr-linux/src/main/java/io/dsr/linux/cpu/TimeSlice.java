package io.dsr.linux.cpu;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.dsr.linux.LinuxException;
import io.dsr.linux.call.NumberedCall;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * How long a thread wants to run at a time (sched_setattr(2)).
 *
 * <p>Since Linux 6.12 a thread of a normal policy may ask for a slice of its own; no privilege is
 * needed, and its share of the CPU stays what it is. Of two threads on a CPU the one with the
 * shorter slice has the earlier deadline: it runs as soon as it wakes, whatever the other has left
 * of its slice, and is not pushed aside when the other wakes. Older kernels take the call and
 * ignore the number. See {@code __setparam_fair} in {@code kernel/sched/syscalls.c} and {@code
 * PREEMPT_SHORT} in {@code kernel/sched/fair.c}.
 */
public final class TimeSlice {

  /** The shortest that the kernel gives, nanoseconds. */
  public static final long SHORTEST_NANOS = 100_000;

  /** The longest that the kernel gives, nanoseconds. */
  public static final long LONGEST_NANOS = 100_000_000;

  private static final long CALLING_THREAD = 0;
  private static final long NO_FLAGS = 0;
  private static final int SCHED_OTHER = 0;
  private static final int SCHED_BATCH = 3;

  // struct sched_attr of include/uapi/linux/sched/types.h, in its first version
  private static final int LENGTH = 48;
  private static final int SIZE = 0;
  private static final int POLICY = 4;
  private static final int RUNTIME = 24;

  private static final NumberedCall SET = NumberedCall.of(314, 274);
  private static final NumberedCall GET = NumberedCall.of(315, 275);

  private TimeSlice() {}

  /**
   * Asks for a slice for the calling thread, unless it has a real-time policy: such a thread waits
   * for no other anyway.
   *
   * @param nanos from {@link #SHORTEST_NANOS} to {@link #LONGEST_NANOS}
   * @return whether the thread's policy knows slices
   * @throws LinuxException with EPERM if a seccomp filter forbids it, ENOSYS if the number of the
   *     call is not known
   */
  public static boolean request(long nanos) throws LinuxException {
    if (nanos < SHORTEST_NANOS || nanos > LONGEST_NANOS) {
      throw new IllegalArgumentException(
          "nanos: %d (expected: %d to %d)".formatted(nanos, SHORTEST_NANOS, LONGEST_NANOS));
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attributes = read(arena);
      int policy = attributes.get(JAVA_INT, POLICY);
      if (policy != SCHED_OTHER && policy != SCHED_BATCH) {
        return false;
      }
      attributes.set(JAVA_INT, SIZE, LENGTH);
      attributes.set(JAVA_LONG, RUNTIME, nanos);
      check("sched_setattr", SET.invoke(CALLING_THREAD, attributes.address(), NO_FLAGS, 0));
      return true;
    }
  }

  /** Returns the calling thread's slice, nanoseconds; 0 where the kernel does not tell. */
  public static long ofThread() throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      return read(arena).get(JAVA_LONG, RUNTIME);
    }
  }

  private static MemorySegment read(Arena arena) throws LinuxException {
    MemorySegment attributes = arena.allocate(LENGTH, Long.BYTES);
    check("sched_getattr", GET.invoke(CALLING_THREAD, attributes.address(), LENGTH, NO_FLAGS));
    return attributes;
  }

  private static void check(String call, int result) throws LinuxException {
    if (result < 0) {
      throw new LinuxException(call, -result);
    }
  }
}
