package io.dsr.server.command;

import io.dsr.core.BalancerStatistics.ServerStatistics;
import io.dsr.core.BalancerStatistics.ServiceStatistics;
import io.dsr.core.IpPrefix;
import io.dsr.core.VirtualService;
import io.dsr.netty.DsrBalancer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** When a balancer that has started may be said to be ready. */
final class Readiness {

  private static final long POLL_MILLISECONDS = 20;

  private Readiness() {}

  /**
   * Waits until each service has a server that has answered, for at most that long, and returns the
   * servers that have not.
   */
  static List<String> await(DsrBalancer balancer, Duration longest, Signals signals)
      throws InterruptedException {
    long end = System.nanoTime() + longest.toNanos();
    while (System.nanoTime() < end && !signals.isEnding()) {
      if (balancer.statistics().services().stream().allMatch(Readiness::isServed)) {
        return List.of();
      }
      Thread.sleep(POLL_MILLISECONDS);
    }
    return unresolved(balancer.statistics().services());
  }

  static String line(String networkInterface, List<VirtualService> services) {
    List<String> keys = services.stream().map(service -> service.key().toString()).toList();
    String what = keys.isEmpty() ? "no services yet" : String.join(", ", keys);
    return "READY " + networkInterface + ": " + what;
  }

  private static boolean isServed(ServiceStatistics service) {
    return service.servers().isEmpty()
        || service.servers().stream().anyMatch(server -> server.mac().isPresent());
  }

  private static List<String> unresolved(List<ServiceStatistics> services) {
    List<String> names = new ArrayList<>();
    for (ServiceStatistics service : services) {
      for (ServerStatistics server : service.servers()) {
        if (server.mac().isEmpty()) {
          names.add(IpPrefix.text(server.address()) + " of " + service.service());
        }
      }
    }
    return names;
  }
}
