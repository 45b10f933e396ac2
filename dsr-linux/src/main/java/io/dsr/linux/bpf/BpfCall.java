package io.dsr.linux.bpf;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.dsr.linux.Errno;
import io.dsr.linux.LinuxException;
import io.dsr.linux.call.NumberedCall;
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

  private static final NumberedCall BPF = NumberedCall.of(321, 280);
  private static final MethodHandle CLOSE =
      SystemCall.handle("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));

  private BpfCall() {}

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
    return BPF.invoke(command, attribute.address(), attribute.byteSize(), 0);
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
