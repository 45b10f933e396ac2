package io.dsr.netty;

import static java.util.Objects.requireNonNull;

import io.dsr.core.BalancerStatistics;
import io.dsr.core.BalancerStatistics.TableStatistics;
import io.dsr.core.Health;
import io.dsr.core.RealServer;
import io.dsr.core.ServiceKey;
import io.dsr.core.VirtualService;
import io.dsr.core.datapath.ServiceTableBuilder;
import io.dsr.core.membership.OverloadDetector;
import io.dsr.core.membership.Slots;
import io.dsr.core.membership.TotalServerCounters;
import io.dsr.netty.DsrBalancerBuilder.Settings;
import io.netty.util.concurrent.DefaultEventExecutor;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A layer-4 load balancer for direct server return: answers for virtual IPs, sends each frame for
 * them on to a real server with only its MAC addresses changed, and never sees the answers.
 *
 * <pre>{@code
 * try (DsrBalancer balancer = DsrBalancer.builder()
 *     .networkInterface("eth0")
 *     .service(VirtualService.tcp("192.0.2.10", 80)
 *         .scheduler(Schedulers.maglev())
 *         .realServer("192.0.2.21")
 *         .realServer("192.0.2.22", 2))
 *     .build()) {
 *   balancer.start().sync();
 *   ...
 * }
 * }</pre>
 *
 * <p>All methods may be called from any thread but the balancer's event loop. Changes are made on a
 * control thread of the balancer's own, one after the other, each as a whole or not at all; the
 * futures fail with what was wrong, {@link IllegalArgumentException} for what the caller gave and
 * {@link java.io.IOException} for what the kernel refused. Both threads, and all sockets, live in
 * the network namespace of the thread that calls {@link #start}.
 */
@SuppressWarnings("FutureReturnValueIgnored") // tasks that report for themselves
public final class DsrBalancer implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(DsrBalancer.class);
  private static final long CLOSE_SECONDS = 2;

  private final Settings settings;
  private final Slots slots;
  private final List<OverloadDetector> loads;
  private final ServiceControl control;
  private final EventExecutor executor =
      new DefaultEventExecutor(new DefaultThreadFactory("dsr-control", true));

  private final EventExecutor watching =
      new DefaultEventExecutor(new DefaultThreadFactory("dsr-watch", true));

  private final EventExecutor inspection =
      new DefaultEventExecutor(new DefaultThreadFactory("dsr-inspection", true));
  private final BalancerInspector inspector;

  private volatile @Nullable HostDatapath datapath;
  private @Nullable InterfaceWatch interfaces;
  private volatile boolean closed;
  private boolean started;

  DsrBalancer(Settings settings) {
    this.settings = settings;
    this.slots = new Slots(settings.maximumServers());
    this.loads = OverloadDetector.ofLoops(settings.eventLoops(), settings.maximumServers());
    var counters = new TotalServerCounters(loads.stream().map(OverloadDetector::counters).toList());
    ServiceTableBuilder tableBuilder =
        new ServiceTableBuilder(
            loads, settings.limits().hashKey(), settings.ticker(), settings.maximumClients());
    this.control =
        new ServiceControl(
            slots,
            counters,
            tableBuilder,
            settings.ticker(),
            (before, after, plans) -> datapath().publish(before, after, plans),
            settings.listener());
    this.inspector =
        new BalancerInspector(
            control, this::datapath, inspection, executor, settings.limits().hashKey());
  }

  /** Returns a builder. */
  public static DsrBalancerBuilder builder() {
    return new DsrBalancerBuilder();
  }

  /**
   * Returns whether the calling thread can start a balancer here, but for the interface's state.
   */
  public static boolean isAvailable() {
    return unavailabilityCause() == null;
  }

  /**
   * Fails unless the calling thread can start a balancer here.
   *
   * @throws UnsupportedOperationException if not, with the cause in its message
   */
  public static void ensureAvailability() {
    Throwable cause = unavailabilityCause();
    if (cause != null) {
      throw new UnsupportedOperationException(cause.getMessage(), cause);
    }
  }

  /**
   * Returns why the calling thread cannot start a balancer here, or null if it can: another system
   * than Linux, no native epoll, no CAP_NET_RAW.
   */
  public static @Nullable Throwable unavailabilityCause() {
    return Availability.cause();
  }

  /** Returns whether the calling thread can start a balancer on that interface. */
  public static boolean isAvailable(String networkInterface) {
    return unavailabilityCause(networkInterface) == null;
  }

  /**
   * Returns why the calling thread cannot start a balancer on that interface, or null if it can:
   * what {@link #unavailabilityCause()} tells, or that the interface is missing, down or not
   * Ethernet.
   */
  public static @Nullable Throwable unavailabilityCause(String networkInterface) {
    Throwable cause = unavailabilityCause();
    if (cause != null) {
      return cause;
    }
    try {
      InterfaceChecks.link(networkInterface);
      return null;
    } catch (IOException e) {
      return e;
    }
  }

  /**
   * Starts: the future is done once sockets and filters stand, the host's kernel is silent and the
   * VIPs are announced. If it fails, nothing is left behind.
   *
   * @throws IllegalStateException if the balancer was started or closed before
   */
  public Future<Void> start() {
    synchronized (this) {
      if (started || closed) {
        throw new IllegalStateException(closed ? "closed" : "started already");
      }
      started = true;
    }
    return submit(() -> {
      var news = new NeighbourEvents(control, executor, () -> closed);
      HostDatapath opened = HostDatapath.open(settings, slots, loads, news);
      datapath = opened;
      InterfaceWatch watch;
      try {
        watch = new InterfaceWatch(opened, executor, control::tell);
        interfaces = watch;
        control.apply(settings.services());
        opened.announce();
      } catch (Exception | Error e) {
        datapath = null;
        opened.close();
        closeWatch();
        throw e;
      }
      new MaintenanceTask(
              control, opened.shards(), watch, new LossWatch(opened, control::tell), () -> closed)
          .begin(executor, watching);
    });
  }

  /** Adds a service, and its VIP if it is a new one; fails if there is a service of that key. */
  public Future<Void> addService(VirtualService service) {
    return change(() -> control.add(service));
  }

  /**
   * Replaces the service of the same key: its scheduler, persistence and servers. Servers that stay
   * keep their live connections, and so do those that go, until they end.
   */
  public Future<Void> replaceService(VirtualService service) {
    return change(() -> control.replace(service));
  }

  /**
   * Removes a service. Its live connections go on as long as another service holds the VIP; the
   * last service of a VIP takes the VIP with it.
   */
  public Future<Void> removeService(ServiceKey service) {
    return change(() -> control.remove(service));
  }

  /** Adds a real server to a service; it takes new connections once it has answered ARP or ND. */
  public Future<Void> addRealServer(ServiceKey service, RealServer server) {
    return change(() -> control.addServer(service, server));
  }

  /** Removes a real server: it takes no new connections, and its live ones go on until they end. */
  public Future<Void> removeRealServer(ServiceKey service, InetAddress server) {
    return change(() -> control.removeServer(service, server));
  }

  /**
   * Gives a real server a weight in place of its configured one, until {@link #clearOverride} or
   * its removal; {@link #apply} and {@link #replaceService} leave it alone. With 0 it takes no new
   * connections, and live ones go on.
   *
   * <p>Fails with an {@link IllegalArgumentException} if there is no such service or server.
   *
   * @param service the first key of its service
   * @param server the server's own address
   * @param weight 0 to {@link RealServer#MAXIMUM_WEIGHT}; the future fails for any other
   */
  public Future<Void> overrideWeight(ServiceKey service, InetAddress server, int weight) {
    return change(() -> control.overrideWeight(service, server, weight));
  }

  /**
   * Gives a real server its configured weight again; without an override nothing changes.
   *
   * <p>Fails with an {@link IllegalArgumentException} if there is no such service or server.
   */
  public Future<Void> clearOverride(ServiceKey service, InetAddress server) {
    return change(() -> control.clearOverride(service, server));
  }

  /**
   * Makes the services these and no others, by adding, replacing and removing what differs. What is
   * as it was is not touched. This changes what is configured, and nothing else: overrides, drains
   * and health stay with each server that stays.
   */
  public Future<Void> apply(Collection<VirtualService> services) {
    List<VirtualService> wanted = List.copyOf(services);
    return change(() -> control.apply(wanted));
  }

  /**
   * Drains a real server: it takes no new connections, live ones go on, and it stays in its service
   * as it is. It drains until {@link #undrain} or its removal, past the deadline too, and whatever
   * {@link #apply} and {@link #replaceService} say of its weight.
   *
   * <p>The future is done when its last flow has ended or the deadline has passed, and fails with
   * an {@link IllegalArgumentException} if there is no such service or server.
   *
   * @param service the first key of its service
   * @param server the server's own address
   * @param deadline how long to wait at most, 0 to 7 days
   * @throws IllegalArgumentException if the deadline is any other
   */
  public Future<DrainReport> drain(ServiceKey service, InetAddress server, Duration deadline) {
    return new Drain(control, executor, settings.ticker(), service, server)
        .begin(deadline, () -> change(() -> control.drain(service, server)));
  }

  /**
   * Ends the draining of a real server: it may take new connections again, with the weight that it
   * was given before or meanwhile. A server that does not drain stays as it is. A future of {@link
   * #drain} goes on to wait.
   *
   * <p>Fails with an {@link IllegalArgumentException} if there is no such service or server.
   */
  public Future<Void> undrain(ServiceKey service, InetAddress server) {
    return change(() -> control.undrain(service, server));
  }

  /**
   * Takes note of what a health check of yours says of a real server in one service. One that is
   * {@link Health.State#DOWN} takes no new connections, and clients that persistence remembers go
   * to others; live connections go on. {@link Health#UNKNOWN}, which is how each server begins,
   * says that no check is in charge.
   *
   * <p>Fails with an {@link IllegalArgumentException} if there is no such service or server.
   *
   * @param service the first key of the service
   * @param server the server's own address
   * @param health its state, and why
   */
  public Future<Void> health(ServiceKey service, InetAddress server, Health health) {
    requireNonNull(health, "health");
    return change(() -> control.health(service, server, health));
  }

  /** Returns what can be asked of this balancer while it runs. */
  public BalancerInspector inspector() {
    return inspector;
  }

  /** Announces every VIP again: gratuitous ARP and unsolicited neighbour advertisements. */
  public Future<Void> announce() {
    return change(() -> datapath().announce());
  }

  /**
   * Begins to write every frame, as it was received and as it was sent, to a pcap file; fails if a
   * capture runs already or the file cannot be created.
   */
  public Future<Void> startCapture(Path file) {
    return change(() -> datapath().startCapture(file));
  }

  /** Ends the capture, if one runs; the future is done when the file is complete. */
  public Future<Void> stopCapture() {
    return change(() -> datapath().stopCapture());
  }

  /** Returns the services as they run now. */
  public List<VirtualService> services() {
    return control.services();
  }

  /** Returns what has been counted since the start. */
  public BalancerStatistics statistics() {
    HostDatapath current = datapath;
    Map<String, Long> verdicts = new LinkedHashMap<>();
    if (current == null) {
      return new BalancerStatistics(
          control.statistics(), verdicts, 0, List.of(), TableStatistics.NONE);
    }
    long released = 0;
    for (Shard shard : current.shards()) {
      released += shard.director().verdicts().released();
      shard
          .director()
          .verdicts()
          .snapshot()
          .forEach((verdict, n) -> verdicts.merge(verdict.name(), n, Long::sum));
    }
    return new BalancerStatistics(
        control.statistics(),
        verdicts,
        released,
        current.statistics(),
        current.tables().plus(control.tables()));
  }

  /**
   * Gives up the VIPs and everything that was set up for them. Waits at most two seconds; closing
   * twice does nothing.
   */
  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    Future<?> closing =
        executor.submit(() -> {
          HostDatapath current = datapath;
          closeWatch();
          if (current != null) {
            current.close();
          }
        });
    closing.awaitUninterruptibly(CLOSE_SECONDS, TimeUnit.SECONDS);
    if (closing.cause() != null) {
      LOG.warn("closing left something undone", closing.cause());
    }
    watching.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    inspection.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    executor.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }

  private void closeWatch() {
    if (interfaces != null) {
      interfaces.close();
    }
  }

  private HostDatapath datapath() {
    HostDatapath current = datapath;
    if (current == null || closed) {
      throw new IllegalStateException(closed ? "closed" : "not started");
    }
    return current;
  }

  private Future<Void> change(Change change) {
    return submit(() -> {
      datapath();
      change.make();
    });
  }

  private Future<Void> submit(Change change) {
    return executor.submit(
        new Callable<Void>() {
          @Override
          @SuppressWarnings("NullAway") // a Future<Void> has no other value
          public Void call() throws Exception {
            change.make();
            return null;
          }
        });
  }

  @FunctionalInterface
  private interface Change {
    void make() throws Exception;
  }
}
