package io.dsr.netty.host;

import io.dsr.core.BalancerEvent.VipOnHost;
import io.dsr.core.IpPrefix;
import io.dsr.core.control.ControlState;
import io.dsr.core.control.ServiceDiff;
import io.dsr.linux.Errno;
import io.dsr.linux.LinuxException;
import io.dsr.linux.link.Gateways;
import io.dsr.linux.link.NetworkLink;
import io.dsr.linux.link.NetworkLink.LinkAddress;
import io.dsr.netty.handler.OwnAddresses;
import io.dsr.netty.handler.OwnAddresses.Subnet;
import io.dsr.netty.handler.VipSet;
import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What must be so of the host before frames are answered for or sent on. Control thread. */
final class InterfaceChecks {

  private static final Logger LOG = LoggerFactory.getLogger(InterfaceChecks.class);

  private InterfaceChecks() {}

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
          "interface " + name + " is not Ethernet (expected: an interface with MAC addresses)");
    }
    if (!link.isUp()) {
      throw new IOException("interface " + name + " is down (cure: ip link set " + name + " up)");
    }
    return link;
  }

  /** Fails if a VIP, or network of VIPs, that is new holds an address of the host or a router. */
  static void vips(NetworkLink binding, Set<IpPrefix> arriving) throws IOException {
    List<NetworkLink> links = NetworkLink.all();
    Set<InetAddress> gateways = Gateways.of(binding.index());
    for (IpPrefix vip : arriving) {
      for (NetworkLink link : links) {
        refuseOwn(vip, link);
      }
      for (InetAddress gateway : gateways) {
        if (vip.contains(gateway)) {
          throw new IllegalArgumentException(
              named(vip)
                  + IpPrefix.text(gateway)
                  + ", the gateway of this host's routes through "
                  + binding.name()
                  + " (expected: VIPs that no other host on the segment has)");
        }
      }
    }
  }

  /** Returns which addresses of a link are VIPs, or within networks of them. */
  static Set<VipOnHost> vipsOn(NetworkLink link, Set<IpPrefix> vips) {
    return link.addresses().stream()
        .map(LinkAddress::address)
        .filter(address -> vips.stream().anyMatch(vip -> vip.contains(address)))
        .map(address -> new VipOnHost(address, link.name()))
        .collect(Collectors.toSet());
  }

  private static void refuseOwn(IpPrefix vip, NetworkLink link) {
    for (LinkAddress address : link.addresses()) {
      String own = IpPrefix.text(address.address());
      if (vip.contains(address.address())) {
        String cure = "ip addr del " + own + "/" + address.prefixLength() + " dev " + link.name();
        throw new IllegalArgumentException(
            vip.isHost()
                ? "VIP "
                    + own
                    + " is configured on "
                    + link.name()
                    + " of this host, so its kernel would answer for it (cure: "
                    + cure
                    + ")"
                : named(vip)
                    + own
                    + ", an address of "
                    + link.name()
                    + " of this host, which would become unreachable (cure: a smaller network"
                    + " or "
                    + cure
                    + ")");
      }
    }
  }

  /**
   * Fails if a VIP, or network of VIPs, holds a real server's own address, and either is new. One
   * look for each server and each length of prefix.
   */
  static void apart(ServiceDiff change, ControlState next) {
    Set<InetAddress> servers =
        change.vipsComing().isEmpty() ? change.serversComing() : next.membership().servers();
    Set<Integer> lengths = new TreeSet<>();
    next.vips().forEach(vip -> lengths.add(vip.length()));
    for (InetAddress server : servers) {
      boolean fresh = change.serversComing().contains(server);
      Set<IpPrefix> vips = fresh ? next.vips() : change.vipsComing();
      for (int length : lengths) {
        if (length <= server.getAddress().length * Byte.SIZE) {
          IpPrefix around = IpPrefix.around(server, length);
          if (vips.contains(around)) {
            refuseShared(around, server);
          }
        }
      }
    }
  }

  private static void refuseShared(IpPrefix vip, InetAddress server) {
    throw new IllegalArgumentException(
        named(vip)
            + IpPrefix.text(server)
            + ", the address of a real server; the balancer would answer ARP and ND for it"
            + " (expected: VIPs that contain no server address)");
  }

  private static String named(IpPrefix vip) {
    return (vip.isHost() ? "VIP " : "VIP network ") + vip + (vip.isHost() ? " is " : " holds ");
  }

  /**
   * Fails if a server that is new is this host itself, or on the subnet of another interface and
   * not of one of ours.
   */
  static void servers(List<NetworkLink> ours, Set<InetAddress> arriving) throws IOException {
    if (!arriving.isEmpty()) {
      refuseHost(arriving, NetworkLink.all());
    }
    Reach reach = new Reach(ours);
    List<InetAddress> elsewhere =
        arriving.stream().filter(server -> reach.linksOf(server) == 0).toList();
    List<NetworkLink> links = elsewhere.isEmpty() ? List.of() : NetworkLink.all();
    for (InetAddress server : elsewhere) {
      refuseElsewhere(ours, server, links);
    }
  }

  /** Fails if a server has an address of this host: no frame for it would ever leave. */
  static void refuseHost(Set<InetAddress> arriving, List<NetworkLink> links) {
    for (NetworkLink link : links) {
      for (LinkAddress own : link.addresses()) {
        if (arriving.contains(own.address())) {
          throw new IllegalArgumentException(
              "real server "
                  + IpPrefix.text(own.address())
                  + " is an address of "
                  + link.name()
                  + " of this host (expected: another host on the segment; cure: to serve from this"
                  + " host too, run the server in a network namespace with an address of its own)");
        }
      }
    }
  }

  private static void refuseElsewhere(
      List<NetworkLink> ours, InetAddress server, List<NetworkLink> links) {
    Set<Integer> known = ours.stream().map(NetworkLink::index).collect(Collectors.toSet());
    String names = ours.stream().map(NetworkLink::name).collect(Collectors.joining(" or "));
    for (NetworkLink other : links) {
      if (!known.contains(other.index()) && !other.isLoopback() && reaches(other, server)) {
        throw new IllegalArgumentException(
            "real server "
                + IpPrefix.text(server)
                + " is on the subnet of "
                + other.name()
                + " (expected: on the subnet of "
                + names
                + "; cure: give the balancer that interface too)");
      }
    }
  }

  /** Which servers are on the subnets of some links. */
  static final class Reach {

    private final List<OwnAddresses> links;

    Reach(List<NetworkLink> links) {
      this.links = links.stream().map(InterfaceChecks::own).toList();
    }

    /** Returns on which of the links a server is, by a bit for each; 0 if it is in no subnet. */
    int linksOf(InetAddress server) {
      int found = 0;
      for (int number = 0; number < links.size(); number++) {
        for (Subnet subnet : links.get(number).subnets()) {
          if (subnet.contains(server) && !subnet.address().equals(server)) {
            found |= 1 << number;
          }
        }
      }
      return found;
    }
  }

  private static OwnAddresses own(NetworkLink link) {
    return own(link, Set.of());
  }

  /**
   * Returns the addresses of the link, those apart that cannot be used yet.
   *
   * @param macs the MAC addresses of all links of the balancer
   */
  static OwnAddresses own(NetworkLink link, Set<Long> macs) {
    return new OwnAddresses(
        link.addresses().stream()
            .filter(address -> !address.isTentative())
            .map(address -> new Subnet(address.address(), address.prefixLength()))
            .toList(),
        macs);
  }

  private static boolean reaches(NetworkLink link, InetAddress server) {
    return new Reach(List.of(link)).linksOf(server) != 0;
  }

  /** Says of each network that is too large to be announced that it must be routed here. */
  static void tellOfRouting(String name, Set<IpPrefix> arriving) {
    for (IpPrefix vip : arriving) {
      if (VipSet.isTooLargeToAnnounce(vip)) {
        LOG.info(
            "{}: {} has more than {} VIPs and is not announced (expected: a route on the router"
                + " that points to this host)",
            name,
            vip,
            VipSet.MOST_ANNOUNCED);
      }
    }
  }

  private static List<String> names() throws LinuxException {
    return NetworkLink.all().stream()
        .filter(link -> !link.isLoopback())
        .map(NetworkLink::name)
        .toList();
  }
}
