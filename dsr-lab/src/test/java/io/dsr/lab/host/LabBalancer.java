package io.dsr.lab.host;

import io.dsr.core.VirtualService;
import io.dsr.core.scheduler.Schedulers;
import io.dsr.lab.Host;
import io.dsr.lab.Lab;
import io.dsr.netty.DsrBalancer;
import io.dsr.netty.DsrBalancerBuilder;
import io.dsr.netty.HostSuppression;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** A balancer in the lab's balancer host, for HTTP on both VIPs. */
final class LabBalancer {

  static final int PORT = 80;

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private LabBalancer() {}

  /** Starts one, and waits until every server may take connections. */
  static DsrBalancer start(Lab lab, HostSuppression silence) throws Exception {
    DsrBalancerBuilder builder =
        DsrBalancer.builder()
            .networkInterface(lab.balancer().networkInterface())
            .hostSuppression(silence)
            .maximumConnections(1 << 16)
            .service(service(lab, Lab.VIP))
            .service(service(lab, Lab.VIP6));
    DsrBalancer balancer = builder.build();
    lab.balancer()
        .namespace()
        .run(() -> {
          if (!balancer.start().await(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            throw new IOException("not started");
          }
        });
    awaitServers(balancer);
    return balancer;
  }

  private static VirtualService service(Lab lab, InetAddress vip) {
    VirtualService service =
        VirtualService.tcp(vip.getHostAddress(), PORT).scheduler(Schedulers.roundRobin());
    for (Host server : lab.servers()) {
      InetAddress address = vip.equals(Lab.VIP) ? server.ipv4() : server.ipv6();
      service = service.realServer(address.getHostAddress());
    }
    return service;
  }

  private static void awaitServers(DsrBalancer balancer) throws Exception {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() < end) {
      boolean ready =
          balancer.statistics().services().stream()
              .flatMap(service -> service.servers().stream())
              .allMatch(server -> server.effectiveWeight() > 0);
      if (ready) {
        return;
      }
      Thread.sleep(20);
    }
    throw new IOException("servers not resolved: " + balancer.statistics());
  }
}
