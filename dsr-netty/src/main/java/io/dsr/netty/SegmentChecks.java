package io.dsr.netty;

import io.dsr.core.membership.Membership;
import io.dsr.linux.Errno;
import io.dsr.linux.LinuxException;
import io.dsr.linux.link.NetworkLink;
import io.dsr.linux.link.NetworkLink.LinkAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

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
      if (source(link, server) == null) {
        refuseElsewhere(link, server, links);
      }
    }
  }

  private static void refuseElsewhere(
      NetworkLink link, InetAddress server, List<NetworkLink> links) {
    for (NetworkLink other : links) {
      if (other.index() != link.index() && !other.isLoopback() && source(other, server) != null) {
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

  /** Returns an address of the link in the subnet of {@code server}, or null. */
  static @Nullable InetAddress source(NetworkLink link, InetAddress server) {
    for (LinkAddress address : link.addresses()) {
      if (!address.isTentative()
          && samePrefix(address.address(), server, address.prefixLength())) {
        return address.address();
      }
    }
    return null;
  }

  private static boolean samePrefix(InetAddress a, InetAddress b, int bits) {
    byte[] left = a.getAddress();
    byte[] right = b.getAddress();
    if (left.length != right.length || bits == left.length * 8) {
      return false;
    }
    for (int bit = 0; bit < bits; bit++) {
      int mask = 0x80 >> (bit & 7);
      if (((left[bit >> 3] ^ right[bit >> 3]) & mask) != 0) {
        return false;
      }
    }
    return true;
  }

  private static List<String> names() throws LinuxException {
    return NetworkLink.all().stream()
        .filter(link -> !link.isLoopback())
        .map(NetworkLink::name)
        .toList();
  }
}
