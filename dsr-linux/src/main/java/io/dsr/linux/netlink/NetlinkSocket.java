package io.dsr.linux.netlink;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.dsr.linux.Errno;
import io.dsr.linux.LinuxException;
import io.dsr.linux.call.SocketCall;
import io.dsr.linux.call.SystemCall;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;

/**
 * A netlink socket of the namespace of the thread that opens it; one request at a time
 * (netlink(7)). Confined to the thread that opens it.
 */
public final class NetlinkSocket implements AutoCloseable {

  /** {@code NETLINK_ROUTE} (linux/netlink.h). */
  public static final int ROUTE = 0;

  private static final int AF_NETLINK = 16;
  private static final int SOCK_RAW = 3;
  private static final int MSG_TRUNC = 0x20;
  private static final int BUFFER_LENGTH = 64 * 1024; // a dump's datagrams are 32 KB at most

  private final Arena arena = Arena.ofConfined();
  private final MemorySegment buffer = arena.allocate(BUFFER_LENGTH, Long.BYTES);
  private final int fd;
  private int sequence;

  private NetlinkSocket(int fd) {
    this.fd = fd;
  }

  /** Opens a socket for {@code protocol}, {@link #ROUTE} for one. */
  public static NetlinkSocket open(int protocol) throws LinuxException {
    int type = SOCK_RAW | SocketCall.SOCK_CLOEXEC;
    return new NetlinkSocket(
        SocketCall.socket(AF_NETLINK, type, protocol, "AF_NETLINK, " + protocol));
  }

  /**
   * Sends a request and hands every message of the answer to {@code reader}; a dump ends with
   * NLMSG_DONE, anything else with its one message or an error.
   *
   * @param call names the request in errors
   * @throws LinuxException with the error that the kernel answered
   */
  public void ask(NetlinkRequest request, String call, Consumer<NetlinkMessage> reader)
      throws LinuxException {
    byte[] bytes = request.encode(++sequence);
    MemorySegment.copy(bytes, 0, buffer, JAVA_BYTE, 0, bytes.length);
    check(SocketCall.send(SystemCall.state(), fd, buffer.address(), bytes.length, 0), call);
    boolean more = true;
    while (more) {
      int length = receive(call);
      more = readAll(NetlinkMessage.first(buffer.asSlice(0, length)), call, reader);
    }
  }

  private int receive(String call) throws LinuxException {
    int length;
    do {
      length =
          SocketCall.receive(SystemCall.state(), fd, buffer.address(), BUFFER_LENGTH, MSG_TRUNC);
    } while (length == -Errno.EINTR);
    check(length, call);
    if (length > BUFFER_LENGTH) {
      throw new LinuxException(call, Errno.EMSGSIZE);
    }
    return length;
  }

  /** Reads the messages of one datagram; returns whether another is to come. */
  private boolean readAll(NetlinkMessage message, String call, Consumer<NetlinkMessage> reader)
      throws LinuxException {
    for (; message.isValid(); message = message.next()) {
      if (message.sequence() != sequence) {
        continue; // the rest of an answer that failed half-way
      }
      if (message.isError()) {
        check(message.error(), call);
        return false;
      }
      if (message.isDone()) {
        return false;
      }
      reader.accept(message);
      if (!message.isOfMany()) {
        return false;
      }
    }
    return true;
  }

  private static void check(int result, String call) throws LinuxException {
    if (result < 0) {
      throw new LinuxException(call, -result);
    }
  }

  @Override
  public void close() {
    SocketCall.close(fd);
    arena.close();
  }
}
