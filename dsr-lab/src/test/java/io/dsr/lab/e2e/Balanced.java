package io.dsr.lab.e2e;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.dsr.core.BalancerEvent;
import io.dsr.core.BalancerStatistics.ServerStatistics;
import io.dsr.core.Scheduler;
import io.dsr.core.ServiceKey;
import io.dsr.core.Verdict;
import io.dsr.core.VirtualService;
import io.dsr.core.scheduler.Schedulers;
import io.dsr.lab.Await;
import io.dsr.lab.Host;
import io.dsr.lab.Lab;
import io.dsr.linux.namespace.NetworkNamespace;
import io.dsr.netty.DsrBalancer;
import io.dsr.netty.DsrBalancerBuilder;
import io.dsr.netty.HostSuppression;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/** A balancer that runs on a lab's balancer host, and all that it has told. */
final class Balanced implements AutoCloseable {

  /** The port of {@link #startHttp}. */
  static final int HTTP = 80;

  private static final int HTTP_CONNECTIONS = 1 << 16;
  private static final long SECONDS = 15;

  private final DsrBalancer balancer;
  private final BlockingQueue<BalancerEvent> events;

  private Balanced(DsrBalancer balancer, BlockingQueue<BalancerEvent> events) {
    this.balancer = balancer;
    this.events = events;
  }

  /** Ends the test as skipped where it cannot run, unless it is required to. */
  static void assumePossible() {
    if (!Boolean.getBoolean("dsr.test.required")) {
      assumeThat(NetworkNamespace.whyNot()).as("network namespaces").isEmpty();
    }
  }

  /** Returns a TCP service with the servers' addresses of the VIP's family, of weight 1. */
  static VirtualService tcp(InetAddress vip, int port, Scheduler scheduler, List<Host> servers) {
    return with(VirtualService.tcp(vip.getHostAddress(), port).scheduler(scheduler), servers);
  }

  /** Returns a UDP service with the servers' addresses of the VIP's family, of weight 1. */
  static VirtualService udp(InetAddress vip, int port, Scheduler scheduler, List<Host> servers) {
    return with(VirtualService.udp(vip.getHostAddress(), port).scheduler(scheduler), servers);
  }

  private static VirtualService with(VirtualService service, List<Host> servers) {
    VirtualService result = service;
    for (Host server : servers) {
      result = result.realServer(address(server, service.key().address()).getHostAddress());
    }
    return result;
  }

  /** Returns the host's own address of the family that {@code like} has. */
  static InetAddress address(Host host, InetAddress like) {
    return like instanceof Inet6Address ? host.ipv6() : host.ipv4();
  }

  /** Starts a balancer of these services, and returns once all their servers may be chosen. */
  static Balanced start(Lab lab, VirtualService... services) throws Exception {
    return start(lab, builder -> builder, services);
  }

  /** Starts a balancer for HTTP on both VIPs, the servers in turn, silent by that means. */
  static Balanced startHttp(Lab lab, HostSuppression suppression) throws Exception {
    return start(
        lab,
        builder -> builder.hostSuppression(suppression).maximumConnections(HTTP_CONNECTIONS),
        tcp(Lab.VIP, HTTP, Schedulers.roundRobin(), lab.servers()),
        tcp(Lab.VIP6, HTTP, Schedulers.roundRobin(), lab.servers()));
  }

  /** Starts a balancer with settings of its own. */
  static Balanced start(
      Lab lab, UnaryOperator<DsrBalancerBuilder> settings, VirtualService... services)
      throws Exception {
    Balanced balanced = startResolved(lab, settings, services);
    boolean success = false;
    try {
      balanced.awaitServers();
      success = true;
      return balanced;
    } finally {
      if (!success) {
        balanced.close();
      }
    }
  }

  /** Starts a balancer, and returns once all its servers are found, chosen or not. */
  static Balanced startResolved(
      Lab lab, UnaryOperator<DsrBalancerBuilder> settings, VirtualService... services)
      throws Exception {
    var events = new LinkedBlockingQueue<BalancerEvent>();
    DsrBalancerBuilder builder =
        settings.apply(
            DsrBalancer.builder()
                .networkInterface(lab.balancer().networkInterface())
                .listener(events::add));
    for (VirtualService service : services) {
      builder.service(service);
    }
    var balanced = new Balanced(builder.build(), events);
    boolean success = false;
    try {
      lab.balancer().namespace().call(() -> await(balanced.balancer.start()));
      awaitTrue(
          "all servers resolved",
          () ->
              balanced.balancer.statistics().services().stream()
                  .flatMap(service -> service.servers().stream())
                  .allMatch(server -> server.mac().isPresent()));
      success = true;
      return balanced;
    } finally {
      if (!success) {
        balanced.close();
      }
    }
  }

  DsrBalancer balancer() {
    return balancer;
  }

  /** Waits for a change to be made, and fails as it does. */
  static boolean await(Future<Void> change) throws Exception {
    if (!change.await(SECONDS, TimeUnit.SECONDS)) {
      throw new IOException("not done within " + SECONDS + " s");
    }
    return change.sync().isSuccess();
  }

  /** Waits for an operation, returns what it gives, and fails as it does. */
  static <T> T await(CompletionStage<T> operation) throws Exception {
    try {
      return operation.toCompletableFuture().get(SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
  }

  /** Waits until each server with a weight may be chosen. */
  void awaitServers() throws Exception {
    awaitTrue(
        "all servers resolved",
        () ->
            balancer.statistics().services().stream()
                .flatMap(service -> service.servers().stream())
                .allMatch(s ->
                    s.override().orElse(s.configuredWeight()) == s.effectiveWeight()
                        && s.mac().isPresent()));
  }

  /** Returns what the service has counted for each server, by the server's own address. */
  Map<InetAddress, ServerStatistics> servers(ServiceKey service) {
    Map<InetAddress, ServerStatistics> servers = new LinkedHashMap<>();
    balancer.statistics().services().stream()
        .filter(s -> s.service().equals(service))
        .flatMap(s -> s.servers().stream())
        .forEach(s -> servers.put(s.address(), s));
    return servers;
  }

  /** Returns what the service has counted for a server that it has. */
  ServerStatistics server(ServiceKey service, InetAddress address) {
    ServerStatistics server = servers(service).get(address);
    if (server == null) {
      throw new AssertionError(service + " has no server " + address);
    }
    return server;
  }

  /** Returns the connections begun at each server of the service so far. */
  Map<InetAddress, Long> connections(ServiceKey service) {
    Map<InetAddress, Long> connections = new LinkedHashMap<>();
    servers(service).forEach((a, s) -> connections.put(a, s.traffic().totalConnections()));
    return connections;
  }

  /** Returns how many frames had this verdict. */
  long verdict(String name) {
    return requireNonNull(balancer.statistics().verdicts().get(Verdict.valueOf(name)));
  }

  /** Returns the events that nobody has waited for. */
  List<BalancerEvent> eventsSoFar() {
    return List.copyOf(events);
  }

  /** Waits for an event, letting others pass. */
  BalancerEvent awaitEvent(Duration within, Predicate<BalancerEvent> wanted) throws Exception {
    long deadline = System.nanoTime() + within.toNanos();
    while (true) {
      BalancerEvent event = events.poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
      if (event == null) {
        throw new AssertionError("no such event within " + within);
      }
      if (wanted.test(event)) {
        return event;
      }
    }
  }

  /** Waits until an event of each kind has come, in whatever order; returns the first of each. */
  List<BalancerEvent> awaitEvents(Duration within, List<Class<? extends BalancerEvent>> kinds)
      throws Exception {
    List<BalancerEvent> came = new ArrayList<>();
    List<Class<? extends BalancerEvent>> missing = new ArrayList<>(kinds);
    while (!missing.isEmpty()) {
      BalancerEvent event =
          awaitEvent(within, one -> missing.stream().anyMatch(kind -> kind.isInstance(one)));
      missing.removeIf(kind -> kind.isInstance(event));
      came.add(event);
    }
    return came;
  }

  /** Polls until a condition holds. */
  static void awaitTrue(String what, Callable<Boolean> condition) throws Exception {
    Await.until(what, Duration.ofSeconds(SECONDS), condition);
  }

  /**
   * Closes the balancer once the wire is quiet: a FIN that it does not carry any more comes again,
   * and the next test's balancer would count it as a connection in the middle.
   */
  @Override
  public void close() {
    try {
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(2);
      long before = -1;
      for (long now = frames(); now != before && System.nanoTime() < end; now = frames()) {
        before = now;
        TimeUnit.MILLISECONDS.sleep(50);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      balancer.close();
    }
  }

  private long frames() {
    return balancer.statistics().kernelFrames();
  }
}
