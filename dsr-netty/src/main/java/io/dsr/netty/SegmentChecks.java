package io.dsr.netty;

import io.dsr.core.membership.Membership;
import io.dsr.linux.Errno;
import io.dsr.linux.LinuxException;
import io.dsr.linux.link.NetworkLink;
import io.dsr.linux.link.NetworkLink.LinkAddress;
import io.dsr.netty.handler.OwnAddresses;
import io.dsr.netty.handler.OwnAddresses.Subnet;
import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.Set;

/** What must be so of the host before frames are answered for or sent on. Control thread. */
final class SegmentChecks {

  private SegmentChecks() {}

  /** Returns the interface, or fails if it cannot carry a segment. */
  static NetworkLink link(String name) throws IOException {
    NetworkLink link;
    try {
      link = NetworkLink.byName(name);
    } catch (LinuxException e) {
      if (e.errno() != Errno.ENODEV) {
        throw e;
      }
      throw new IOException(
          "interface " + name + " does not exist (expected: one of " + names() + ")", e);
    }
    if (!link.isEthernet() || link.isLoopback()) {
      throw new IOException(
          "interface " + name + " is not an Ethernet one (expected: one with MAC addresses)");
    }
    if (!link.isUp()) {
      throw new IOException("interface " + name + " is down (cure: ip link set " + name + " up)");
    }
    return link;
  }

  /** Fails if a VIP that is new is an address of the host. */
  static void vips(Set<InetAddress> vips, Set<InetAddress> before) throws IOException {
    for (NetworkLink link : NetworkLink.all()) {
      for (LinkAddress address : link.addresses()) {
        if (vips.contains(address.address()) && !before.contains(address.address())) {
          String vip = address.address().getHostAddress();
          throw new IllegalArgumentException(
              "VIP "
                  + vip
                  + " is configured on "
                  + link.name()
                  + " of this host, whose kernel would answer for it (cure: ip addr del "
                  + vip
                  + "/"
                  + address.prefixLength()
                  + " dev "
                  + link.name()
                  + ")");
        }
      }
    }
  }

  /** Fails if a server that is new is on the subnet of another interface, and not on this one's. */
  static void servers(NetworkLink link, Membership before, Membership after) throws IOException {
    Set<InetAddress> known = before.servers();
    List<InetAddress> arriving =
        after.servers().stream().filter(server -> !known.contains(server)).toList();
    if (arriving.isEmpty()) {
      return;
    }
    List<NetworkLink> links = NetworkLink.all();
    for (InetAddress server : arriving) {
      if (!reaches(link, server)) {
        refuseElsewhere(link, server, links);
      }
    }
  }

  private static void refuseElsewhere(
      NetworkLink link, InetAddress server, List<NetworkLink> links) {
    for (NetworkLink other : links) {
      if (other.index() != link.index() && !other.isLoopback() && reaches(other, server)) {
        throw new IllegalArgumentException(
            "real server "
                + server.getHostAddress()
                + " is on the segment of "
                + other.name()
                + " (expected: on that of "
                + link.name()
                + "; this version serves a single segment)");
      }
    }
  }

  /** Returns the addresses of the link, those apart that cannot be used yet. */
  static OwnAddresses own(NetworkLink link) {
    return new OwnAddresses(
        link.addresses().stream()
            .filter(address -> !address.isTentative())
            .map(address -> new Subnet(address.address(), address.prefixLength()))
            .toList());
  }

  private static boolean reaches(NetworkLink link, InetAddress server) {
    return own(link).subnets().stream()
        .anyMatch(s -> s.contains(server) && !s.address().equals(server));
  }

  private static List<String> names() throws LinuxException {
    return NetworkLink.all().stream()
        .filter(link -> !link.isLoopback())
        .map(NetworkLink::name)
        .toList();
  }
}
