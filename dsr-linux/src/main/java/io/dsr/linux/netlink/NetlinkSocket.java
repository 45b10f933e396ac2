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
 * (netlink(7)). Confined to the thread that opens it, unless it is a shared one.
 */
public final class NetlinkSocket implements AutoCloseable {

  /** {@code NETLINK_ROUTE} (linux/netlink.h). */
  public static final int ROUTE = 0;

  private static final int AF_NETLINK = 16;
  private static final int SOCK_RAW = 3;
  private static final int MSG_TRUNC = 0x20;
  private static final int BUFFER_LENGTH = 64 * 1024; // a dump's datagrams are 32 KB at most

  private final MemorySegment buffer;
  private final int fd;
  private final Runnable freeing;
  private int sequence;
  private boolean interrupted;

  private NetlinkSocket(int fd, Arena arena, Runnable freeing) {
    this.fd = fd;
    this.freeing = freeing;
    this.buffer = arena.allocate(BUFFER_LENGTH, Long.BYTES);
  }

  /** Opens a socket for {@code protocol}, {@link #ROUTE} for one. */
  public static NetlinkSocket open(int protocol) throws LinuxException {
    Arena arena = Arena.ofConfined();
    return new NetlinkSocket(socket(protocol), arena, arena::close);
  }

  /** Opens a socket that any thread may use, one at a time. */
  public static NetlinkSocket openShared(int protocol) throws LinuxException {
    return new NetlinkSocket(socket(protocol), Arena.ofAuto(), () -> {});
  }

  private static int socket(int protocol) throws LinuxException {
    int type = SOCK_RAW | SocketCall.SOCK_CLOEXEC;
    return SocketCall.socket(AF_NETLINK, type, protocol, "AF_NETLINK, " + protocol);
  }

  /**
   * Sends a request and hands every message of the answer to {@code reader}; a dump ends with
   * NLMSG_DONE, anything else with its one message or an error.
   *
   * @param call names the request in errors
   * @return whether the answer is of one instant; false if what was dumped changed meanwhile
   * @throws LinuxException with the error that the kernel answered
   */
  public boolean ask(NetlinkRequest request, String call, Consumer<NetlinkMessage> reader)
      throws LinuxException {
    byte[] bytes = request.encode(++sequence);
    MemorySegment.copy(bytes, 0, buffer, JAVA_BYTE, 0, bytes.length);
    check(SocketCall.send(SystemCall.state(), fd, buffer.address(), bytes.length, 0), call);
    interrupted = false;
    boolean more = true;
    while (more) {
      int length = receive(call);
      more = readAll(NetlinkMessage.first(buffer.asSlice(0, length)), call, reader);
    }
    return !interrupted;
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
      interrupted |= message.isInterrupted();
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
    freeing.run();
  }
}
