package io.dsr.server.control;

import io.dsr.core.BalancerStatistics.ServerStatistics;
import io.dsr.core.BalancerStatistics.Traffic;
import io.dsr.core.RealServer;
import io.dsr.core.VirtualService;
import java.util.Optional;

/** Why a server's effective weight is not the configured one, by what can be seen from outside. */
final class WeightReason {

  private WeightReason() {}

  /** Returns the reason in words, empty if there is nothing to tell. */
  static String of(Optional<VirtualService> service, ServerStatistics server) {
    Optional<RealServer> configured =
        service.flatMap(s ->
            s.realServers().stream()
                .filter(each -> each.address().equals(server.address()))
                .findFirst());
    if (configured.isEmpty()) {
      return "removed; its flows go on until they end";
    }
    if (server.configuredWeight() == server.effectiveWeight()) {
      return server.configuredWeight() == 0 ? "weight 0: no new flows" : "";
    }
    if (server.mac().isEmpty()) {
      return "has not answered ARP or neighbour discovery yet";
    }
    return held(configured.get(), server);
  }

  private static String held(RealServer configured, ServerStatistics server) {
    Traffic traffic = server.traffic();
    long connections = traffic.activeConnections() + traffic.inactiveConnections();
    int limit = configured.upperThreshold();
    if (limit > 0 && connections >= configured.reliefBelow()) {
      return "full: " + connections + " connections of " + limit;
    }
    if (server.effectiveWeight() > 0) {
      return "a part of its weight for now";
    }
    if (configured.tier() > 0) {
      return "in reserve: tier " + configured.tier();
    }
    return server.reason().isEmpty() ? "takes no new flows" : server.reason();
  }
}
