package io.dsr.linux.call;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.dsr.linux.Errno;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * A system call for which C libraries have no function, or had none for long, made by its number
 * through syscall(2). For calls that are rare and return an int.
 */
public final class NumberedCall {

  private static final int UNKNOWN = -1;
  private static final MethodHandle SYSCALL =
      SystemCall.variadicHandle(
          "syscall",
          FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
          1);

  private final long number;

  private NumberedCall(long number) {
    this.number = number;
  }

  /**
   * Returns a call of the architecture that this runs on, by its numbers in {@code
   * arch/x86/entry/syscalls/syscall_64.tbl} and {@code include/uapi/asm-generic/unistd.h}.
   */
  public static NumberedCall of(int amd64, int aarch64) {
    return of(System.getProperty("os.arch", ""), amd64, aarch64);
  }

  /** Returns a call of an architecture as Java names it. */
  static NumberedCall of(String architecture, int amd64, int aarch64) {
    return new NumberedCall(
        switch (architecture) {
          case "amd64", "x86_64" -> amd64;
          case "aarch64" -> aarch64;
          default -> UNKNOWN;
        });
  }

  /** Returns its number, or -1 if that is not known here. */
  long number() {
    return number;
  }

  /**
   * Makes the call; arguments that it does not take are 0.
   *
   * @return what it returned; or, where it failed, a negative error number, ENOSYS if its number is
   *     not known here
   */
  public int invoke(long first, long second, long third, long fourth) {
    if (number == UNKNOWN) {
      return -Errno.ENOSYS;
    }
    MemorySegment state = SystemCall.state();
    try {
      long result = (long) SYSCALL.invokeExact(state, number, first, second, third, fourth);
      return result < 0 ? -SystemCall.errno(state) : (int) result;
    } catch (Throwable thrown) {
      throw SystemCall.unexpected(thrown);
    }
  }
}
