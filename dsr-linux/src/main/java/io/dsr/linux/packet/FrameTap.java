package io.dsr.linux.packet;

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
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Optional;

/**
 * Hears every frame of one interface, both ways: what a packet capture program does (packet(7)).
 *
 * <p>Slow and simple, one system call or two a frame: for tests and demonstrations. The socket is
 * made in the network namespace of the thread that calls {@link #open}; the tap then belongs to one
 * thread at a time. The kernel takes VLAN tags out of the frames, and leaves merged segments and
 * half-done checksums as they are.
 */
public final class FrameTap implements AutoCloseable {

  private static final int AF_PACKET = 17;
  private static final int SOCK_RAW_CLOEXEC = 3 | 0x8_0000;
  private static final int ETH_P_ALL = 3;
  private static final short POLLIN = 1;
  private static final int MAXIMUM_FRAME = 128 * 1024;

  // struct sockaddr_ll: family 0, protocol 2, ifindex 4, hatype 8, pkttype 10, halen 11, addr 12
  private static final int ADDRESS_LENGTH = 20;
  private static final int PROTOCOL = 2;
  private static final int INTERFACE_INDEX = 4;
  private static final int PACKET_TYPE = 10;
  private static final byte PACKET_OUTGOING = 4;

  private static final MethodHandle SOCKET =
      SystemCall.handle("socket", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
  private static final MethodHandle BIND =
      SystemCall.handle("bind", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle POLL =
      SystemCall.handle("poll", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
  private static final MethodHandle RECVFROM =
      SystemCall.handle(
          "recvfrom",
          FunctionDescriptor.of(
              JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS, ADDRESS));
  private static final MethodHandle IF_NAMETOINDEX =
      SystemCall.handle("if_nametoindex", FunctionDescriptor.of(JAVA_INT, ADDRESS));
  private static final MethodHandle CLOSE =
      SystemCall.handle("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));

  private final Arena arena = Arena.ofShared();
  private final MemorySegment buffer = arena.allocate(MAXIMUM_FRAME);
  private final MemorySegment sender = arena.allocate(ADDRESS_LENGTH, 4);
  private final MemorySegment senderLength = arena.allocate(JAVA_INT);
  private final MemorySegment poll = arena.allocate(8, 4);
  private int fd;

  private FrameTap(int fd) {
    this.fd = fd;
  }

  /**
   * A frame that passed.
   *
   * @param bytes from its Ethernet header on
   * @param outgoing whether this host sent it
   */
  @SuppressWarnings("ArrayRecordComponent")
  public record Frame(byte[] bytes, boolean outgoing) {}

  /**
   * Begins to hear an interface.
   *
   * @param interfaceName in the calling thread's network namespace; {@link
   *     java.net.NetworkInterface} would partly answer for the main thread's
   * @throws LinuxException if there is no such interface or CAP_NET_RAW is missing
   */
  public static FrameTap open(String interfaceName) throws LinuxException {
    int interfaceIndex = interfaceIndex(interfaceName);
    int fd;
    try {
      // Of no protocol until bound, so that no frame of another interface gets in.
      fd = (int) SOCKET.invokeExact(SystemCall.state(), AF_PACKET, SOCK_RAW_CLOEXEC, 0);
    } catch (Throwable thrown) {
      throw SystemCall.unexpected(thrown);
    }
    var tap = new FrameTap(SystemCall.check(fd, "socket(AF_PACKET)"));
    boolean success = false;
    try {
      tap.bind(interfaceIndex);
      success = true;
      return tap;
    } finally {
      if (!success) {
        tap.close();
      }
    }
  }

  /**
   * Waits for the next frame, and returns empty after {@code timeout} without one.
   *
   * @throws LinuxException if the interface went down or away
   */
  public Optional<Frame> receive(Duration timeout) throws LinuxException {
    if (!awaitFrame(Math.clamp(timeout.toMillis(), 0, Integer.MAX_VALUE))) {
      return Optional.empty();
    }
    senderLength.set(JAVA_INT, 0, ADDRESS_LENGTH);
    long length;
    try {
      length =
          (long)
              RECVFROM.invokeExact(
                  SystemCall.state(), fd, buffer, buffer.byteSize(), 0, sender, senderLength);
    } catch (Throwable thrown) {
      throw SystemCall.unexpected(thrown);
    }
    SystemCall.check((int) length, "recvfrom(AF_PACKET)");
    boolean outgoing = sender.get(JAVA_BYTE, PACKET_TYPE) == PACKET_OUTGOING;
    return Optional.of(new Frame(buffer.asSlice(0, length).toArray(JAVA_BYTE), outgoing));
  }

  /** Stops receiving. */
  @Override
  public void close() {
    if (fd < 0) {
      return;
    }
    int closing = fd;
    fd = -1;
    int result;
    try {
      result = (int) CLOSE.invokeExact(SystemCall.state(), closing);
    } catch (Throwable thrown) {
      throw SystemCall.unexpected(thrown);
    } finally {
      arena.close();
    }
    assert result == 0 : "close(" + closing + ")";
  }

  private static int interfaceIndex(String name) throws LinuxException {
    int index;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment text = arena.allocateFrom(name);
      index = (int) IF_NAMETOINDEX.invokeExact(SystemCall.state(), text);
    } catch (Throwable thrown) {
      throw SystemCall.unexpected(thrown);
    }
    return SystemCall.check(index == 0 ? -1 : index, "if_nametoindex(" + name + ")");
  }

  private void bind(int interfaceIndex) throws LinuxException {
    boolean bigEndian = ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN;
    sender.set(JAVA_SHORT, 0, (short) AF_PACKET);
    sender.set(JAVA_SHORT, PROTOCOL, bigEndian ? ETH_P_ALL : Short.reverseBytes((short) ETH_P_ALL));
    sender.set(JAVA_INT, INTERFACE_INDEX, interfaceIndex);
    int result;
    try {
      result = (int) BIND.invokeExact(SystemCall.state(), fd, sender, ADDRESS_LENGTH);
    } catch (Throwable thrown) {
      throw SystemCall.unexpected(thrown);
    }
    SystemCall.check(result, "bind(AF_PACKET, interface " + interfaceIndex + ")");
  }

  private boolean awaitFrame(int milliseconds) throws LinuxException {
    if (fd < 0) {
      throw new IllegalStateException("the tap is closed");
    }
    poll.set(JAVA_INT, 0, fd);
    poll.set(JAVA_SHORT, 4, POLLIN);
    int ready;
    try {
      ready = (int) POLL.invokeExact(SystemCall.state(), poll, 1L, milliseconds);
    } catch (Throwable thrown) {
      throw SystemCall.unexpected(thrown);
    }
    if (ready < 0 && SystemCall.errno(SystemCall.state()) == Errno.EINTR) {
      return false;
    }
    return SystemCall.check(ready, "poll(AF_PACKET)") > 0;
  }
}
