package io.dsr.linux.netlink;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.dsr.linux.Errno;
import io.dsr.linux.LinuxException;
import io.dsr.linux.call.SocketCall;
import io.dsr.linux.call.SystemCall;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;

/**
 * A non-blocking netlink socket that hears what the kernel tells to groups of listeners
 * (netlink(7)), of the namespace of the thread that opens it. One thread at a time may use it.
 */
public final class NetlinkSubscription implements AutoCloseable {

  /** What {@link #receive} met. */
  public enum Reception {
    /** Messages, which have been read. */
    MESSAGES,
    /** Nothing waits. */
    NOTHING,
    /** Some messages were lost, or one was too long: the listener must look for itself. */
    LOSS
  }

  private static final int AF_NETLINK = 16;
  private static final int SOCK_RAW = 3;
  private static final int SO_RCVBUF = 8;
  private static final int MSG_TRUNC = 0x20;
  private static final int MSG_DONTWAIT = 0x40;
  private static final int SOCKADDR_NL_LENGTH = 12;
  private static final int GROUPS = 8;
  private static final int BUFFER_LENGTH = 64 * 1024;

  private final MemorySegment buffer = Arena.ofAuto().allocate(BUFFER_LENGTH, Long.BYTES);
  private final int fd;

  private NetlinkSubscription(int fd) {
    this.fd = fd;
  }

  /**
   * Opens a socket; what happens from now on is received.
   *
   * @param protocol {@link NetlinkSocket#ROUTE} for one
   * @param groups a bit for each group, the first group's the lowest
   * @param bytes how much may wait, within the host's limit (net.core.rmem_max)
   */
  public static NetlinkSubscription open(int protocol, int groups, int bytes)
      throws LinuxException {
    int type = SOCK_RAW | SocketCall.SOCK_NONBLOCK | SocketCall.SOCK_CLOEXEC;
    int fd = SocketCall.socket(AF_NETLINK, type, protocol, "AF_NETLINK, " + protocol);
    try (Arena arena = Arena.ofConfined()) {
      SocketCall.setOption(fd, SocketCall.SOL_SOCKET, SO_RCVBUF, bytes, "SO_RCVBUF");
      MemorySegment address = arena.allocate(SOCKADDR_NL_LENGTH, Integer.BYTES);
      address.set(JAVA_SHORT, 0, (short) AF_NETLINK);
      address.set(JAVA_INT, GROUPS, groups);
      SocketCall.bind(fd, address, "AF_NETLINK, groups 0x" + Integer.toHexString(groups));
      return new NetlinkSubscription(fd);
    } catch (LinuxException e) {
      SocketCall.close(fd);
      throw e;
    }
  }

  /** Returns the file descriptor, which stays this socket's; readable when something waits. */
  public int fd() {
    return fd;
  }

  /** Hands the messages of the datagram that waited longest to {@code reader}, if one waits. */
  public Reception receive(Consumer<NetlinkMessage> reader) throws LinuxException {
    int flags = MSG_DONTWAIT | MSG_TRUNC;
    int length;
    do {
      length = SocketCall.receive(SystemCall.state(), fd, buffer.address(), BUFFER_LENGTH, flags);
    } while (length == -Errno.EINTR);
    if (length == -Errno.EAGAIN) {
      return Reception.NOTHING;
    }
    if (length == -Errno.ENOBUFS || length > BUFFER_LENGTH) {
      return Reception.LOSS;
    }
    if (length < 0) {
      throw new LinuxException("recv(AF_NETLINK)", -length);
    }
    NetlinkMessage message = NetlinkMessage.first(buffer.asSlice(0, length));
    for (; message.isValid(); message = message.next()) {
      reader.accept(message);
    }
    return Reception.MESSAGES;
  }

  /** Discards all waiting messages, so that later ones are new and a loss is noticed. */
  public void discard() throws LinuxException {
    Reception reception;
    do {
      reception = receive(_ -> {});
    } while (reception != Reception.NOTHING);
  }

  @Override
  public void close() {
    SocketCall.close(fd);
  }
}
