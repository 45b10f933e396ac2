package io.dsr.lab;

import static java.util.Objects.requireNonNull;

import io.dsr.core.BalancerEvent;
import io.dsr.core.BalancerStatistics.ServerStatistics;
import io.dsr.core.ServiceKey;
import io.dsr.core.Verdict;
import io.dsr.core.VirtualService;
import io.dsr.core.scheduler.Schedulers;
import io.dsr.netty.DsrBalancer;
import io.dsr.netty.DsrBalancerBuilder;
import io.dsr.netty.HostSuppression;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** A balancer in this JVM, and all that it has told. */
public final class EmbeddedBalancer extends RunningBalancer {

  /** The port of {@link #startHttp}. */
  public static final int HTTP = 80;

  private static final int HTTP_CONNECTIONS = 1 << 16;

  private final DsrBalancer balancer;
  private final BlockingQueue<BalancerEvent> events;

  private EmbeddedBalancer(DsrBalancer balancer, BlockingQueue<BalancerEvent> events) {
    this.balancer = balancer;
    this.events = events;
  }

  /** Starts a balancer of these services, and returns once all their servers may be chosen. */
  public static EmbeddedBalancer start(Lab lab, VirtualService... services) throws Exception {
    return start(lab, builder -> builder, services);
  }

  /** Starts a balancer for HTTP on both VIPs, the servers in turn, silent by that means. */
  public static EmbeddedBalancer startHttp(Lab lab, HostSuppression suppression) throws Exception {
    return start(
        lab,
        builder -> builder.hostSuppression(suppression).maximumConnections(HTTP_CONNECTIONS),
        tcp(Lab.VIP, HTTP, Schedulers.roundRobin(), lab.servers()),
        tcp(Lab.VIP6, HTTP, Schedulers.roundRobin(), lab.servers()));
  }

  /** Starts a balancer with settings of its own; returns once all its servers may be chosen. */
  public static EmbeddedBalancer start(
      Lab lab, UnaryOperator<DsrBalancerBuilder> settings, VirtualService... services)
      throws Exception {
    return once(startResolved(lab, settings, services), EmbeddedBalancer::awaitServers);
  }

  /** Starts a balancer, and returns once all its servers are found, chosen or not. */
  public static EmbeddedBalancer startResolved(
      Lab lab, UnaryOperator<DsrBalancerBuilder> settings, VirtualService... services)
      throws Exception {
    return once(startReady(lab, settings, services), EmbeddedBalancer::awaitResolved);
  }

  /** Starts a balancer, and returns once it answers for its VIPs, its servers found or not. */
  public static EmbeddedBalancer startReady(
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
    return once(
        new EmbeddedBalancer(builder.build(), events),
        self -> {
          boolean _ = await(lab.balancer().namespace().call(self.balancer::start));
        });
  }

  /** Returns the balancer itself. */
  public DsrBalancer balancer() {
    return balancer;
  }

  /**
   * Waits for a change to be made, and fails as it does.
   *
   * @throws IOException if it is not made within {@link #PATIENCE}
   */
  public static boolean await(Future<Void> change) throws Exception {
    if (!change.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new IOException("not done within " + PATIENCE.toSeconds() + " s");
    }
    return change.sync().isSuccess();
  }

  /** Waits for an operation, returns what it gives, and fails as it does. */
  public static <T> T await(CompletionStage<T> operation) throws Exception {
    try {
      return operation.toCompletableFuture().get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
  }

  @Override
  public void awaitServers() throws Exception {
    awaitTrue(
        "all servers chosen",
        () ->
            servers()
                .allMatch(s ->
                    s.override().orElse(s.configuredWeight()) == s.effectiveWeight()
                        && s.mac().isPresent()));
  }

  private void awaitResolved() throws Exception {
    awaitTrue("all servers resolved", () -> servers().allMatch(s -> s.mac().isPresent()));
  }

  private Stream<ServerStatistics> servers() {
    return balancer.statistics().services().stream().flatMap(s -> s.servers().stream());
  }

  /** Returns what the service has counted for each server, by the server's own address. */
  public Map<InetAddress, ServerStatistics> servers(ServiceKey service) {
    Map<InetAddress, ServerStatistics> servers = new LinkedHashMap<>();
    balancer.statistics().services().stream()
        .filter(s -> s.service().equals(service))
        .flatMap(s -> s.servers().stream())
        .forEach(s -> servers.put(s.address(), s));
    return servers;
  }

  /** Returns what the service has counted for a server that it has. */
  public ServerStatistics server(ServiceKey service, InetAddress address) {
    ServerStatistics server = servers(service).get(address);
    if (server == null) {
      throw new AssertionError(service + " has no server " + address);
    }
    return server;
  }

  /** Returns the connections begun at each server of the service so far. */
  public Map<InetAddress, Long> connections(ServiceKey service) {
    Map<InetAddress, Long> connections = new LinkedHashMap<>();
    servers(service).forEach((a, s) -> connections.put(a, s.traffic().totalConnections()));
    return connections;
  }

  /** Returns how many frames had the verdict of this name. */
  public long verdict(String name) {
    return requireNonNull(balancer.statistics().verdicts().get(Verdict.valueOf(name)));
  }

  /** Returns the events that nobody has waited for. */
  public List<BalancerEvent> eventsSoFar() {
    return List.copyOf(events);
  }

  /**
   * Waits for an event, letting others pass.
   *
   * @throws AssertionError if there is none within that time
   */
  public BalancerEvent awaitEvent(Duration within, Predicate<BalancerEvent> wanted)
      throws InterruptedException {
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

  /**
   * Waits until an event of each kind has come, in whatever order; returns the first of each.
   *
   * @throws AssertionError if one kind does not come within that time after the one before
   */
  public List<BalancerEvent> awaitEvents(
      Duration within, List<Class<? extends BalancerEvent>> kinds) throws InterruptedException {
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

  @Override
  long frames() {
    return balancer.statistics().kernelFrames();
  }

  @Override
  void end() {
    balancer.close();
  }
}
