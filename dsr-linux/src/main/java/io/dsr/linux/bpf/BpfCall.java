package io.dsr.linux.bpf;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.dsr.linux.Errno;
import io.dsr.linux.LinuxException;
import io.dsr.linux.call.SystemCall;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;

/**
 * Makes the bpf(2) system call, for which C libraries have no function: through syscall(2).
 *
 * <p>Layouts of {@code union bpf_attr} are those of {@code include/uapi/linux/bpf.h}. The whole
 * union is always passed, zeroed where a command does not set it: the kernel takes zeros beyond
 * what it knows.
 */
final class BpfCall {

  static final int MAP_CREATE = 0;
  static final int MAP_LOOKUP_ELEM = 1;
  static final int MAP_UPDATE_ELEM = 2;
  static final int MAP_DELETE_ELEM = 3;
  static final int PROG_LOAD = 5;
  static final int LINK_CREATE = 28;

  /** What a caller without the right to use bpf(2) needs to read. */
  static final String NEEDS = " (needs CAP_BPF and CAP_NET_ADMIN in the initial user namespace)";

  private static final int ATTRIBUTE_LENGTH = 128;
  private static final int NAME_LENGTH = 16;
  private static final int NO_SYSCALL = -1;

  private static final MethodHandle SYSCALL =
      SystemCall.variadicHandle(
          "syscall",
          FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
          1);
  private static final MethodHandle CLOSE =
      SystemCall.handle("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
  private static final long NUMBER = number(System.getProperty("os.arch", ""));

  private BpfCall() {}

  /** Returns the number of bpf(2) on an architecture as Java names it, or -1 if it is not known. */
  static long number(String architecture) {
    return switch (architecture) {
      case "amd64", "x86_64" -> 321;
      case "aarch64" -> 280;
      default -> NO_SYSCALL;
    };
  }

  /** Returns a zeroed {@code union bpf_attr}. */
  static MemorySegment attribute(SegmentAllocator allocator) {
    return allocator.allocate(ATTRIBUTE_LENGTH, 8);
  }

  /** Writes an object's name, cut to what the kernel takes: 15 bytes. */
  static void name(MemorySegment attribute, long offset, String name) {
    byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
    int length = Math.min(bytes.length, NAME_LENGTH - 1);
    MemorySegment.copy(bytes, 0, attribute, JAVA_BYTE, offset, length);
  }

  /**
   * Makes the call.
   *
   * @return a descriptor or zero; or, where the call failed, a negative error number
   */
  static int call(int command, MemorySegment attribute) {
    if (NUMBER == NO_SYSCALL) {
      return -Errno.ENOSYS;
    }
    MemorySegment state = SystemCall.state();
    try {
      long result =
          (long)
              SYSCALL.invokeExact(
                  state, NUMBER, (long) command, attribute.address(), attribute.byteSize());
      return result < 0 ? -SystemCall.errno(state) : (int) result;
    } catch (Throwable thrown) {
      throw SystemCall.unexpected(thrown);
    }
  }

  /** Returns {@code result}, or throws the error that it stands for. */
  static int check(int result, String what) throws LinuxException {
    if (result < 0) {
      throw new LinuxException(result == -Errno.EPERM ? what + NEEDS : what, -result);
    }
    return result;
  }

  /** Closes a descriptor; what close(2) says is of no use to anyone. */
  static void close(int descriptor) {
    try {
      int ignored = (int) CLOSE.invokeExact(SystemCall.state(), descriptor);
    } catch (Throwable thrown) {
      throw SystemCall.unexpected(thrown);
    }
  }
}
