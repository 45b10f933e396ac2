package io.dsr.netty;

import io.dsr.linux.LinuxException;
import io.dsr.linux.link.MulticastMembership;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * The solicited-node groups of the IPv6 VIPs (RFC 4291 section 2.7.1), each joined by a kernel
 * socket, so that the kernel reports them: a switch that snoops MLD would otherwise send no
 * neighbour solicitation our way. Control thread.
 */
final class VipGroups implements AutoCloseable {

  private static final byte[] SOLICITED_NODE = {
    (byte) 0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, (byte) 0xff, 0, 0, 0
  };

  private final int interfaceIndex;
  private final Map<Inet6Address, MulticastMembership> joined = new HashMap<>();

  VipGroups(int interfaceIndex) {
    this.interfaceIndex = interfaceIndex;
  }

  /** Joins the groups of these VIPs and leaves all others. */
  void join(Set<InetAddress> vips) throws LinuxException {
    Set<Inet6Address> wanted = new HashSet<>();
    for (InetAddress vip : vips) {
      if (vip instanceof Inet6Address) {
        wanted.add(group(vip));
      }
    }
    for (Inet6Address group : wanted) {
      if (!joined.containsKey(group)) {
        joined.put(group, MulticastMembership.join(group, interfaceIndex));
      }
    }
    joined.values().stream()
        .filter(membership -> !wanted.contains(membership.group()))
        .forEach(MulticastMembership::close);
    joined.keySet().retainAll(wanted);
  }

  @Override
  public void close() {
    joined.values().forEach(MulticastMembership::close);
    joined.clear();
  }

  static Inet6Address group(InetAddress vip) {
    byte[] octets = SOLICITED_NODE.clone();
    System.arraycopy(vip.getAddress(), 13, octets, 13, 3);
    try {
      return (Inet6Address) InetAddress.getByAddress(octets);
    } catch (UnknownHostException e) {
      throw new AssertionError("sixteen octets are an address", e);
    }
  }
}
