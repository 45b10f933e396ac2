package io.dsr.core.membership;

import io.dsr.core.IpPrefix;
import io.dsr.core.RealServer;
import io.dsr.core.ServiceKey;
import io.dsr.core.ServiceKeys;
import io.dsr.core.VirtualService;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Finds services that cannot stand side by side: two that would have to share packets, or one whose
 * VIP is a real server's own address.
 */
final class ServiceConflicts {

  private static final int IPV4_BITS = 32;

  private final ServiceKeys keys = new ServiceKeys();
  private final Map<ServiceKey, VirtualService> owners = new HashMap<>();
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
      Optional<ServiceKey> other = keys.add(key);
      if (other.isPresent()) {
        VirtualService owner = owners.get(other.get());
        throw new IllegalArgumentException(
            of(key, service)
                + " overlaps "
                + (owner == null ? other.get() : of(other.get(), owner)));
      }
      owners.put(key, service);
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
                + IpPrefix.text(server)
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
