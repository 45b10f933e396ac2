package io.dsr.linux.nftables;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.dsr.linux.Errno;
import io.dsr.linux.LinuxException;
import io.dsr.linux.call.SystemCall;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;

/**
 * A socket of NETLINK_NETFILTER in the network namespace of the thread that opens it.
 *
 * <p>The kernel works through a batch within send(2): when it returns, every answer waits to be
 * read, and nothing ever blocks. Belongs to one thread at a time.
 */
final class NetfilterSocket implements AutoCloseable {

  private static final int AF_NETLINK = 16;
  private static final int SOCK_RAW_CLOEXEC = 3 | 0x80000;
  private static final int NETLINK_NETFILTER = 12;
  private static final int SOL_NETLINK = 270;
  private static final int NETLINK_CAP_ACK = 10;
  private static final int NETLINK_EXT_ACK = 11;
  private static final int MSG_DONTWAIT = 0x40;
  private static final int ADDRESS_LENGTH = 12;
  private static final int ADDRESS_PORT = 4;
  private static final int DATAGRAM_LENGTH = 1 << 14;

  private static final MethodHandle SOCKET = intHandle("socket", JAVA_INT, JAVA_INT, JAVA_INT);
  private static final MethodHandle SETSOCKOPT =
      intHandle("setsockopt", JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
  private static final MethodHandle BIND = intHandle("bind", JAVA_INT, ADDRESS, JAVA_INT);
  private static final MethodHandle GETSOCKNAME =
      intHandle("getsockname", JAVA_INT, ADDRESS, ADDRESS);
  private static final MethodHandle CLOSE = intHandle("close", JAVA_INT);
  private static final FunctionDescriptor TRANSFER =
      FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
  private static final MethodHandle SEND = SystemCall.handle("send", TRANSFER);
  private static final MethodHandle RECV = SystemCall.handle("recv", TRANSFER);

  private final int descriptor;
  private boolean closed;

  private NetfilterSocket(int descriptor) {
    this.descriptor = descriptor;
  }

  /** Opens a socket, bound to a port of the kernel's choice, with the kernel's words in answers. */
  static NetfilterSocket open() throws LinuxException {
    NetfilterSocket socket;
    try {
      int descriptor =
          (int)
              SOCKET.invokeExact(
                  SystemCall.state(), AF_NETLINK, SOCK_RAW_CLOEXEC, NETLINK_NETFILTER);
      socket = new NetfilterSocket(SystemCall.check(descriptor, "socket NETLINK_NETFILTER"));
    } catch (LinuxException failed) {
      throw failed;
    } catch (Throwable thrown) {
      throw SystemCall.unexpected(thrown);
    }
    try {
      socket.enable(NETLINK_CAP_ACK);
      socket.enable(NETLINK_EXT_ACK);
      socket.bind();
    } catch (LinuxException failed) {
      socket.close();
      throw failed;
    }
    return socket;
  }

  /** Returns the port: unsigned, of no other netfilter socket in this network namespace. */
  int port() throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = arena.allocate(ADDRESS_LENGTH, 4);
      MemorySegment length = arena.allocateFrom(JAVA_INT, ADDRESS_LENGTH);
      int result = (int) GETSOCKNAME.invokeExact(SystemCall.state(), descriptor, address, length);
      SystemCall.check(result, "getsockname");
      return address.get(JAVA_INT, ADDRESS_PORT);
    } catch (LinuxException failed) {
      throw failed;
    } catch (Throwable thrown) {
      throw SystemCall.unexpected(thrown);
    }
  }

  /** Sends a batch and returns the kernel's answers to it. */
  List<Acknowledgement> exchange(byte[] batch) throws LinuxException {
    if (closed) {
      throw new IllegalStateException("netfilter socket is closed");
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(batch.length, 4);
      MemorySegment.copy(batch, 0, out, JAVA_BYTE, 0, batch.length);
      long sent = (long) SEND.invokeExact(SystemCall.state(), descriptor, out, out.byteSize(), 0);
      SystemCall.check((int) sent, "send " + batch.length + " bytes to nfnetlink");
      MemorySegment in = arena.allocate(DATAGRAM_LENGTH, 4);
      List<Acknowledgement> answers = new ArrayList<>();
      for (int length = receive(in); length >= 0; length = receive(in)) {
        answers.addAll(Acknowledgement.parse(in.toArray(JAVA_BYTE), length));
      }
      return answers;
    } catch (LinuxException failed) {
      throw failed;
    } catch (Throwable thrown) {
      throw SystemCall.unexpected(thrown);
    }
  }

  /** Closes the socket, and with it every table that it owns; again does nothing. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      int ignored = (int) CLOSE.invokeExact(SystemCall.state(), descriptor);
    } catch (Throwable thrown) {
      throw SystemCall.unexpected(thrown);
    }
  }

  /** Returns the length of the next datagram, or -1 if none waits. */
  private int receive(MemorySegment in) throws Throwable {
    MemorySegment state = SystemCall.state();
    long length;
    do {
      length = (long) RECV.invokeExact(state, descriptor, in, in.byteSize(), MSG_DONTWAIT);
    } while (length < 0 && SystemCall.errno(state) == Errno.EINTR);
    if (length < 0 && SystemCall.errno(state) == Errno.EAGAIN) {
      return -1;
    }
    return SystemCall.check((int) length, "recv from nfnetlink");
  }

  private void enable(int option) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment one = arena.allocateFrom(JAVA_INT, 1);
      int result =
          (int)
              SETSOCKOPT.invokeExact(
                  SystemCall.state(), descriptor, SOL_NETLINK, option, one, Integer.BYTES);
      SystemCall.check(result, "setsockopt SOL_NETLINK " + option);
    } catch (LinuxException failed) {
      throw failed;
    } catch (Throwable thrown) {
      throw SystemCall.unexpected(thrown);
    }
  }

  private void bind() throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = arena.allocate(ADDRESS_LENGTH, 4);
      address.set(JAVA_SHORT, 0, (short) AF_NETLINK);
      int result = (int) BIND.invokeExact(SystemCall.state(), descriptor, address, ADDRESS_LENGTH);
      SystemCall.check(result, "bind NETLINK_NETFILTER");
    } catch (LinuxException failed) {
      throw failed;
    } catch (Throwable thrown) {
      throw SystemCall.unexpected(thrown);
    }
  }

  private static MethodHandle intHandle(String function, MemoryLayout... parameters) {
    return SystemCall.handle(function, FunctionDescriptor.of(JAVA_INT, parameters));
  }
}
