package io.dsr.linux.cpu;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.dsr.linux.Errno;
import io.dsr.linux.LinuxException;
import io.dsr.linux.call.SystemCall;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

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

  private static final int NO_SYSCALL = -1;
  private static final MethodHandle SYSCALL =
      SystemCall.variadicHandle(
          "syscall",
          FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
          1);
  private static final long SET = number(System.getProperty("os.arch", ""));
  private static final long GET = SET == NO_SYSCALL ? NO_SYSCALL : SET + 1;

  private TimeSlice() {}

  /** Returns the number of sched_setattr(2), which C libraries had not for long, or -1. */
  static long number(String architecture) {
    return switch (architecture) {
      case "amd64", "x86_64" -> 314;
      case "aarch64" -> 274;
      default -> NO_SYSCALL;
    };
  }

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
      call("sched_setattr", SET, attributes, NO_FLAGS, 0);
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
    call("sched_getattr", GET, attributes, LENGTH, NO_FLAGS);
    return attributes;
  }

  private static void call(
      String name, long number, MemorySegment attributes, long third, long fourth)
      throws LinuxException {
    if (number == NO_SYSCALL) {
      throw new LinuxException(name, Errno.ENOSYS);
    }
    long result;
    try {
      result =
          (long)
              SYSCALL.invokeExact(
                  SystemCall.state(), number, CALLING_THREAD, attributes.address(), third, fourth);
    } catch (Throwable e) {
      throw SystemCall.unexpected(e);
    }
    int checked = SystemCall.check((int) result, name);
    assert checked == 0 : "checked";
  }
}
