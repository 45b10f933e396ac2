package io.dsr.linux.call;

import io.dsr.linux.LinuxException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/**
 * Makes method handles of C library functions, with {@code errno} kept.
 *
 * <p>Each handle but a {@linkplain #plainHandle plain} one takes a state segment before the
 * function's own arguments; {@link #errno} reads what the call left there. A segment belongs to one
 * thread: take one from {@link #newState}, or {@link #state} for calls that are rare. Handles are
 * static finals called with {@code invokeExact}; pointers are passed as {@code long} where a call
 * is frequent. No call is {@code critical}: it would win 10 ns and block safepoints.
 */
public final class SystemCall {

  private static final Linker LINKER = Linker.nativeLinker();
  private static final StructLayout STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO = STATE.varHandle(PathElement.groupElement("errno"));
  private static final ThreadLocal<MemorySegment> STATES =
      ThreadLocal.withInitial(() -> newState(Arena.ofAuto()));

  private SystemCall() {}

  /**
   * Returns a handle of a C library function; a state segment comes before its arguments.
   *
   * @throws UnsatisfiedLinkError if this C library has no such function
   */
  public static MethodHandle handle(String function, FunctionDescriptor type) {
    return LINKER.downcallHandle(address(function), type, Linker.Option.captureCallState("errno"));
  }

  /**
   * Returns a handle of a C library function that takes no state segment: it allocates nothing, and
   * nobody learns why a call failed.
   *
   * @throws UnsatisfiedLinkError if this C library has no such function
   */
  public static MethodHandle plainHandle(String function, FunctionDescriptor type) {
    return LINKER.downcallHandle(address(function), type);
  }

  /**
   * Returns a handle of a variadic C library function, {@code fixed} of whose arguments are not.
   */
  public static MethodHandle variadicHandle(String function, FunctionDescriptor type, int fixed) {
    return LINKER.downcallHandle(
        address(function),
        type,
        Linker.Option.captureCallState("errno"),
        Linker.Option.firstVariadicArg(fixed));
  }

  private static MemorySegment address(String function) {
    return LINKER
        .defaultLookup()
        .find(function)
        .orElseThrow(() -> new UnsatisfiedLinkError("C library function " + function));
  }

  /** Returns a state segment for one thread's calls, as long-lived as {@code arena}. */
  public static MemorySegment newState(Arena arena) {
    return arena.allocate(STATE);
  }

  /** Returns the calling thread's own state segment. */
  public static MemorySegment state() {
    return STATES.get();
  }

  /** Returns the error number that the last call with {@code state} left. */
  public static int errno(MemorySegment state) {
    return (int) ERRNO.get(state, 0L);
  }

  /**
   * Returns {@code result}, or throws what the calling thread's last call with {@link #state} left
   * in {@code errno}.
   *
   * @param call what was called, with what the reader needs to know of its arguments
   * @throws LinuxException if {@code result} is negative
   */
  public static int check(int result, String call) throws LinuxException {
    if (result < 0) {
      throw new LinuxException(call, errno(state()));
    }
    return result;
  }

  /** Returns the error to throw where {@code invokeExact} threw what a downcall never throws. */
  public static AssertionError unexpected(Throwable thrown) {
    return new AssertionError("a native call threw an exception", thrown);
  }
}
