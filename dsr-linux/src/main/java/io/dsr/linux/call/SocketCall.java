package io.dsr.linux.call;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.dsr.linux.Errno;
import io.dsr.linux.LinuxException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** The socket calls that packet, netlink and datagram sockets share. Any thread may call them. */
public final class SocketCall {

  /** {@code SOCK_NONBLOCK} (linux/net.h). */
  public static final int SOCK_NONBLOCK = 0x800;

  /** {@code SOCK_CLOEXEC} (linux/net.h). */
  public static final int SOCK_CLOEXEC = 0x80000;

  /** {@code SOL_SOCKET} (asm-generic/socket.h). */
  public static final int SOL_SOCKET = 1;

  private static final MethodHandle SOCKET =
      SystemCall.handle("socket", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
  private static final MethodHandle BIND =
      SystemCall.handle("bind", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle CONNECT =
      SystemCall.handle("connect", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle LISTEN =
      SystemCall.handle("listen", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
  private static final MethodHandle ACCEPT4 =
      SystemCall.handle(
          "accept4", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, ADDRESS, JAVA_INT));
  private static final MethodHandle SETSOCKOPT =
      SystemCall.handle(
          "setsockopt",
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle GETSOCKOPT =
      SystemCall.handle(
          "getsockopt",
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS));
  private static final MethodHandle SEND = transfer("send");
  private static final MethodHandle RECV = transfer("recv");
  private static final MethodHandle IOCTL =
      SystemCall.variadicHandle(
          "ioctl", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS), 2);
  private static final MethodHandle CLOSE =
      SystemCall.handle("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));

  private SocketCall() {}

  private static MethodHandle transfer(String function) {
    return SystemCall.handle(
        function, FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT));
  }

  /** Opens a socket in the calling thread's network namespace; {@code what} names it in errors. */
  public static int socket(int domain, int type, int protocol, String what) throws LinuxException {
    try {
      int fd = (int) SOCKET.invokeExact(SystemCall.state(), domain, type, protocol);
      return SystemCall.check(fd, "socket(" + what + ")");
    } catch (LinuxException e) {
      throw e;
    } catch (Throwable e) {
      throw SystemCall.unexpected(e);
    }
  }

  /** Binds {@code fd} to the whole of {@code address}. */
  public static void bind(int fd, MemorySegment address, String what) throws LinuxException {
    try {
      int length = (int) address.byteSize();
      int result = (int) BIND.invokeExact(SystemCall.state(), fd, address, length);
      SystemCall.check(result, "bind(" + what + ")");
    } catch (LinuxException e) {
      throw e;
    } catch (Throwable e) {
      throw SystemCall.unexpected(e);
    }
  }

  /** Connects {@code fd} to the whole of {@code address}. */
  public static void connect(int fd, MemorySegment address, String what) throws LinuxException {
    try {
      int length = (int) address.byteSize();
      int result = (int) CONNECT.invokeExact(SystemCall.state(), fd, address, length);
      SystemCall.check(result, "connect(" + what + ")");
    } catch (LinuxException e) {
      throw e;
    } catch (Throwable e) {
      throw SystemCall.unexpected(e);
    }
  }

  /** Lets others connect to {@code fd}, {@code backlog} of which may wait. */
  public static void listen(int fd, int backlog, String what) throws LinuxException {
    try {
      int result = (int) LISTEN.invokeExact(SystemCall.state(), fd, backlog);
      SystemCall.check(result, "listen(" + what + ")");
    } catch (LinuxException e) {
      throw e;
    } catch (Throwable e) {
      throw SystemCall.unexpected(e);
    }
  }

  /**
   * Accepts one that connected to {@code fd}, and returns its descriptor, closed by execve(2); or
   * -1 if none waits, or it cannot be accepted now.
   */
  public static int accept(int fd) {
    try {
      return (int)
          ACCEPT4.invokeExact(
              SystemCall.state(), fd, MemorySegment.NULL, MemorySegment.NULL, SOCK_CLOEXEC);
    } catch (Throwable e) {
      throw SystemCall.unexpected(e);
    }
  }

  /** Sets a socket option to the whole of {@code value}. */
  public static void setOption(int fd, int level, int option, MemorySegment value, String what)
      throws LinuxException {
    try {
      int length = (int) value.byteSize();
      int result =
          (int) SETSOCKOPT.invokeExact(SystemCall.state(), fd, level, option, value, length);
      SystemCall.check(result, "setsockopt(" + what + ")");
    } catch (LinuxException e) {
      throw e;
    } catch (Throwable e) {
      throw SystemCall.unexpected(e);
    }
  }

  /** Sets a socket option that is an {@code int}. */
  public static void setOption(int fd, int level, int option, int value, String what)
      throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      setOption(fd, level, option, arena.allocateFrom(JAVA_INT, value), what + ", " + value);
    }
  }

  /** Reads a socket option into the whole of {@code value}. */
  public static void option(int fd, int level, int option, MemorySegment value, String what)
      throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment length = arena.allocateFrom(JAVA_INT, (int) value.byteSize());
      int result =
          (int) GETSOCKOPT.invokeExact(SystemCall.state(), fd, level, option, value, length);
      SystemCall.check(result, "getsockopt(" + what + ")");
    } catch (LinuxException e) {
      throw e;
    } catch (Throwable e) {
      throw SystemCall.unexpected(e);
    }
  }

  /** Reads a socket option that is an {@code int}. */
  public static int option(int fd, int level, int option, String what) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(JAVA_INT);
      option(fd, level, option, value, what);
      return value.get(JAVA_INT, 0);
    }
  }

  /** Sends; returns the bytes sent, or the negative error number. */
  public static int send(MemorySegment state, int fd, long address, long length, int flags) {
    try {
      long result = (long) SEND.invokeExact(state, fd, address, length, flags);
      return result < 0 ? -SystemCall.errno(state) : (int) result;
    } catch (Throwable e) {
      throw SystemCall.unexpected(e);
    }
  }

  /** Receives; returns the bytes received, or the negative error number. */
  public static int receive(MemorySegment state, int fd, long address, long length, int flags) {
    try {
      long result = (long) RECV.invokeExact(state, fd, address, length, flags);
      return result < 0 ? -SystemCall.errno(state) : (int) result;
    } catch (Throwable e) {
      throw SystemCall.unexpected(e);
    }
  }

  /** Makes an ioctl whose argument is a structure. */
  public static void ioctl(int fd, long request, MemorySegment argument, String what)
      throws LinuxException {
    try {
      int result = (int) IOCTL.invokeExact(SystemCall.state(), fd, request, argument);
      SystemCall.check(result, "ioctl(" + what + ")");
    } catch (LinuxException e) {
      throw e;
    } catch (Throwable e) {
      throw SystemCall.unexpected(e);
    }
  }

  /** Closes {@code fd}. The descriptor is gone whatever close(2) says, so it says nothing here. */
  public static void close(int fd) {
    try {
      int result = (int) CLOSE.invokeExact(SystemCall.state(), fd);
      assert result == 0 || SystemCall.errno(SystemCall.state()) != Errno.EINVAL;
    } catch (Throwable e) {
      throw SystemCall.unexpected(e);
    }
  }
}
