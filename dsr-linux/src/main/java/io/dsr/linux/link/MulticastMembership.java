package io.dsr.linux.link;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.dsr.linux.LinuxException;
import io.dsr.linux.call.SocketCall;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.Inet6Address;

/**
 * A datagram socket that has joined an IPv6 group and receives nothing itself: while it is open the
 * kernel reports the group to MLD-snooping switches and opens the interface's filter for it. It
 * ends with the process. Any thread may close it.
 */
public final class MulticastMembership implements AutoCloseable {

  private static final int AF_INET6 = 10;
  private static final int SOCK_DGRAM = 2;
  private static final int IPPROTO_IPV6 = 41;
  private static final int IPV6_JOIN_GROUP = 20;
  private static final int IPV6_MULTICAST_ALL = 29;

  private final Inet6Address group;
  private final int interfaceIndex;
  private final int fd;
  private boolean closed;

  private MulticastMembership(Inet6Address group, int interfaceIndex, int fd) {
    this.group = group;
    this.interfaceIndex = interfaceIndex;
    this.fd = fd;
  }

  /**
   * Joins {@code group} on an interface of the calling thread's network namespace.
   *
   * @throws IllegalArgumentException if {@code group} is no multicast address
   * @throws LinuxException with ENODEV if there is no such interface
   */
  public static MulticastMembership join(Inet6Address group, int interfaceIndex)
      throws LinuxException {
    if (!group.isMulticastAddress()) {
      throw new IllegalArgumentException(
          "group: " + group.getHostAddress() + " (expected: a multicast address)");
    }
    int type = SOCK_DGRAM | SocketCall.SOCK_NONBLOCK | SocketCall.SOCK_CLOEXEC;
    int fd = SocketCall.socket(AF_INET6, type, 0, "AF_INET6, SOCK_DGRAM");
    var membership = new MulticastMembership(group, interfaceIndex, fd);
    try {
      membership.join();
      return membership;
    } catch (LinuxException e) {
      membership.close();
      throw e;
    }
  }

  private void join() throws LinuxException {
    SocketCall.setOption(fd, IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0, "IPV6_MULTICAST_ALL");
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment request = arena.allocate(20, Integer.BYTES); // struct ipv6_mreq, linux/in6.h
      MemorySegment.copy(group.getAddress(), 0, request, JAVA_BYTE, 0, 16);
      request.set(JAVA_INT, 16, interfaceIndex);
      String what = "IPV6_JOIN_GROUP, " + group.getHostAddress() + ", " + interfaceIndex;
      SocketCall.setOption(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, request, what);
    }
  }

  /** Returns the group. */
  public Inet6Address group() {
    return group;
  }

  /** Returns the index of the interface. */
  public int interfaceIndex() {
    return interfaceIndex;
  }

  /** Leaves the group, once. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      SocketCall.close(fd);
    }
  }
}
