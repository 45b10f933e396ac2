package io.dsr.linux.namespace;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.dsr.linux.LinuxException;
import io.dsr.linux.call.SystemCall;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** The calls that move a thread between network namespaces: unshare(2), setns(2). */
final class NamespaceCall {

  private static final int CLONE_NEWNET = 0x4000_0000;
  private static final int O_RDONLY_CLOEXEC = 0x8_0000;

  private static final MethodHandle UNSHARE =
      SystemCall.handle("unshare", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
  private static final MethodHandle SETNS =
      SystemCall.handle("setns", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
  private static final MethodHandle OPEN =
      SystemCall.variadicHandle("open", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT), 2);
  private static final MethodHandle CLOSE =
      SystemCall.handle("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));

  private NamespaceCall() {}

  /** Moves the calling thread into a new network namespace. */
  static void unshareNetwork() throws LinuxException {
    int result;
    try {
      result = (int) UNSHARE.invokeExact(SystemCall.state(), CLONE_NEWNET);
    } catch (Throwable thrown) {
      throw SystemCall.unexpected(thrown);
    }
    SystemCall.check(result, "unshare(CLONE_NEWNET)");
  }

  /** Moves the calling thread into the network namespace that {@code path} names. */
  static void enterNetwork(String path) throws LinuxException {
    int fd = open(path);
    try {
      enter(fd, path);
    } finally {
      close(fd);
    }
  }

  private static void enter(int fd, String path) throws LinuxException {
    int result;
    try {
      result = (int) SETNS.invokeExact(SystemCall.state(), fd, CLONE_NEWNET);
    } catch (Throwable thrown) {
      throw SystemCall.unexpected(thrown);
    }
    SystemCall.check(result, "setns(" + path + ", CLONE_NEWNET)");
  }

  private static int open(String path) throws LinuxException {
    int fd;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocateFrom(path);
      fd = (int) OPEN.invokeExact(SystemCall.state(), name, O_RDONLY_CLOEXEC);
    } catch (Throwable thrown) {
      throw SystemCall.unexpected(thrown);
    }
    return SystemCall.check(fd, "open(" + path + ")");
  }

  private static void close(int fd) {
    int ignored;
    try {
      ignored = (int) CLOSE.invokeExact(SystemCall.state(), fd);
    } catch (Throwable thrown) {
      throw SystemCall.unexpected(thrown);
    }
    assert ignored == 0 : "close(" + fd + ")";
  }
}
