package io.dsr.core.membership;

import io.dsr.core.IpPrefix;
import io.dsr.core.Protocol;
import io.dsr.core.RealServer;
import io.dsr.core.ServiceKey;
import io.dsr.core.VirtualService;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Finds services that cannot stand side by side: two that would have to share packets, or one whose
 * VIP is a real server's own address. Time and memory are linear in all but keys of one VIP.
 */
final class ServiceConflicts {

  private static final int IPV4_BITS = 32;

  private record Place(IpPrefix vip, Protocol protocol) {}

  private record Claim(ServiceKey key, VirtualService service) {}

  private final Map<Place, List<Claim>> claims = new HashMap<>();
  private final Map<IpPrefix, ServiceKey> vips = new HashMap<>();
  private final Set<Integer> lengths = new TreeSet<>();

  private ServiceConflicts() {}

  /**
   * Checks services that are to stand together.
   *
   * @param arriving those whose servers may be among the VIPs; the servers of others are known not
   *     to be
   * @throws IllegalArgumentException if two of them conflict, naming both
   */
  static void refuse(Collection<VirtualService> services, Collection<VirtualService> arriving) {
    var conflicts = new ServiceConflicts();
    services.forEach(conflicts::claim);
    Set<InetAddress> seen = new HashSet<>();
    for (VirtualService service : arriving) {
      for (RealServer server : service.realServers()) {
        if (seen.add(server.address())) {
          conflicts.refuseVip(server.address(), service.key());
        }
      }
    }
  }

  private void claim(VirtualService service) {
    for (ServiceKey key : service.keys()) {
      List<Claim> others =
          claims.computeIfAbsent(new Place(key.vip(), key.protocol()), place -> new ArrayList<>());
      for (Claim other : others) {
        if (other.key().conflictsWith(key)) {
          throw new IllegalArgumentException(
              of(key, service) + " overlaps " + of(other.key(), other.service()));
        }
      }
      others.add(new Claim(key, service));
      vips.putIfAbsent(key.vip(), key);
      lengths.add(key.vip().length());
    }
  }

  private void refuseVip(InetAddress server, ServiceKey service) {
    for (int length : lengths) {
      if (length > IPV4_BITS && !(server instanceof Inet6Address)) {
        return;
      }
      ServiceKey owner = vips.get(IpPrefix.around(server, length));
      if (owner != null) {
        throw new IllegalArgumentException(
            service
                + ": real server "
                + server.getHostAddress()
                + " (expected: the server's own address, not the VIP of "
                + owner
                + ")");
      }
    }
  }

  private static String of(ServiceKey key, VirtualService service) {
    return key.equals(service.key()) ? key.toString() : key + " of service " + service.key();
  }
}
