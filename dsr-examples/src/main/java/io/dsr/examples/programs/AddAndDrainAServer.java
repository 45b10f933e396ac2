package io.dsr.examples.programs;

import io.dsr.core.BalancerStatistics.ServerStatistics;
import io.dsr.core.DrainReport;
import io.dsr.core.IpPrefix;
import io.dsr.core.RealServer;
import io.dsr.core.ServiceKey;
import io.dsr.core.VirtualService;
import io.dsr.netty.DsrBalancer;
import java.net.InetAddress;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** Brings a second server in while traffic runs, and takes the first out without losing anybody. */
public final class AddAndDrainAServer {

  private static final Duration LONGEST = Duration.ofMinutes(10);

  private AddAndDrainAServer() {}

  /** Serves a VIP by OLD, adds NEW, drains OLD until its last connection has ended, removes it. */
  public static void main(String[] arguments) throws Exception {
    if (arguments.length != 4) {
      System.err.println("usage: AddAndDrainAServer INTERFACE VIP OLD NEW");
      System.exit(2);
    }
    VirtualService web = VirtualService.tcp(arguments[1], 80).realServer(arguments[2]);
    RealServer old = web.realServers().getFirst();
    try (DsrBalancer balancer =
        DsrBalancer.builder().networkInterface(arguments[0]).service(web).build()) {
      balancer.start().sync();
      System.out.println("serving by " + arguments[2] + "; press Enter to replace it");
      if (System.in.read() < 0) {
        return;
      }
      // Each change is whole or not at all, and its stage fails with what was wrong with it. The
      // new server takes connections only once it has answered ARP, so wait for its address.
      ServiceKey key = web.key();
      RealServer fresh = RealServer.of(arguments[3]);
      balancer.addRealServer(key, fresh).toCompletableFuture().get();
      while (of(balancer, key, fresh.address()).mac().isEmpty()) {
        Thread.sleep(100);
      }
      System.out.println("added " + IpPrefix.text(fresh.address()));

      // No new connection, while those that live go on to the same server. The balancer never sees
      // a server's FIN or RST: a connection that only the server has ended stays active until it
      // has been idle for its timeout, hence a deadline.
      CompletableFuture<DrainReport> drain =
          balancer.drain(key, old.address(), LONGEST).toCompletableFuture();
      while (!drain.isDone()) {
        Thread.sleep(1_000);
        long active = of(balancer, key, old.address()).traffic().activeConnections();
        System.out.println("draining: " + active + " active connections");
      }
      long left = drain.get().flowsLeft();
      // Removing forgets nothing either: connections still left go on until they end.
      balancer.removeRealServer(key, old.address()).toCompletableFuture().get();
      System.out.println("removed " + IpPrefix.text(old.address()) + ", " + left + " left");
      Thread.currentThread().join(); // serve on, until Ctrl-C
    }
  }

  private static ServerStatistics of(DsrBalancer balancer, ServiceKey key, InetAddress server) {
    return balancer.statistics().services().stream()
        .filter(service -> service.service().equals(key))
        .flatMap(service -> service.servers().stream())
        .filter(statistics -> statistics.address().equals(server))
        .findFirst()
        .orElseThrow();
  }
}
