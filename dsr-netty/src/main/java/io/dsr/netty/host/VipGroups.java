package io.dsr.netty.host;

import io.dsr.core.IpPrefix;
import io.dsr.linux.LinuxException;
import io.dsr.linux.link.MulticastMembership;
import io.dsr.netty.handler.VipSet;
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
 * neighbor solicitation our way. Control thread.
 *
 * <p>A network of up to {@link VipSet#MOST_ANNOUNCED} VIPs takes a group for each address. Of a
 * larger one no group is joined: a /64 would need all of 16 million, and to take every multicast
 * frame in instead ({@code allmulti}) reports nothing to the switch. Such a network is to be routed
 * to us, and then nobody solicits for its addresses.
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
  void join(Set<IpPrefix> vips) throws LinuxException {
    Set<Inet6Address> wanted = new HashSet<>();
    for (InetAddress vip : new VipSet(vips).announced()) {
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
