package io.dsr.linux.notify;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.dsr.linux.LinuxException;
import io.dsr.linux.call.SocketCall;
import io.dsr.linux.call.SystemCall;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/** Sends datagrams to a Unix domain socket. Any thread. */
public final class UnixDatagram {

  private static final int AF_UNIX = 1;
  private static final int SOCK_DGRAM = 2;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int FAMILY_BYTES = 2;
  private static final int LONGEST_NAME = 107;

  private UnixDatagram() {}

  /**
   * Sends one datagram; does not wait for a receiver that is behind.
   *
   * @param name the path of the socket, or a name of the abstract namespace behind {@code @}
   * @throws IllegalArgumentException if the name is empty or longer than the kernel's 107 bytes
   * @throws LinuxException if nobody has that socket, or it takes no more just now
   */
  public static void send(String name, byte[] message) throws LinuxException {
    byte[] path = name.getBytes(StandardCharsets.UTF_8);
    if (path.length == 0 || path.length > LONGEST_NAME) {
      throw new IllegalArgumentException(
          "socket: \"" + name + "\" (expected: 1 to " + LONGEST_NAME + " bytes)");
    }
    int fd =
        SocketCall.socket(
            AF_UNIX,
            SOCK_DGRAM | SocketCall.SOCK_CLOEXEC | SocketCall.SOCK_NONBLOCK,
            0,
            "AF_UNIX, SOCK_DGRAM");
    try (Arena arena = Arena.ofConfined()) {
      SocketCall.connect(fd, address(arena, path), name);
      MemorySegment bytes = arena.allocateFrom(JAVA_BYTE, message);
      int sent =
          SocketCall.send(SystemCall.state(), fd, bytes.address(), message.length, MSG_NOSIGNAL);
      if (sent < 0) {
        throw new LinuxException("send(" + name + ")", -sent);
      }
    } finally {
      SocketCall.close(fd);
    }
  }

  private static MemorySegment address(Arena arena, byte[] path) {
    MemorySegment address = arena.allocate(FAMILY_BYTES + (long) path.length);
    address.set(JAVA_SHORT, 0, (short) AF_UNIX);
    MemorySegment.copy(path, 0, address, JAVA_BYTE, FAMILY_BYTES, path.length);
    if (path[0] == '@') {
      address.set(JAVA_BYTE, FAMILY_BYTES, (byte) 0);
    }
    return address;
  }
}
