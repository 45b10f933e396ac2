package io.dsr.netty;

import static java.util.Objects.requireNonNull;

import io.dsr.core.Balancer;
import io.dsr.core.BalancerEvent;
import io.dsr.core.BalancerStatistics;
import io.dsr.core.BalancerStatistics.ExtensionStatistics;
import io.dsr.core.BalancerStatistics.TableStatistics;
import io.dsr.core.BanEntry;
import io.dsr.core.ChangePreview;
import io.dsr.core.DrainReport;
import io.dsr.core.Explanation;
import io.dsr.core.FlowFilter;
import io.dsr.core.FlowPage;
import io.dsr.core.Health;
import io.dsr.core.PersistenceEntry;
import io.dsr.core.RealServer;
import io.dsr.core.ServiceKey;
import io.dsr.core.Verdict;
import io.dsr.core.VipOwnership;
import io.dsr.core.VirtualService;
import io.dsr.core.control.ExtensionFaults;
import io.dsr.core.control.ServiceControl;
import io.dsr.core.control.ServiceTableBuilder;
import io.dsr.core.datapath.VipGates;
import io.dsr.core.membership.OverloadDetector;
import io.dsr.core.membership.Slots;
import io.dsr.core.membership.TotalServerCounters;
import io.dsr.netty.DsrBalancerBuilder.Settings;
import io.dsr.netty.host.Availability;
import io.dsr.netty.host.BalancerThread;
import io.dsr.netty.host.HandlerWatch;
import io.dsr.netty.host.HostDatapath;
import io.dsr.netty.host.InterfaceWatch;
import io.dsr.netty.host.LossWatch;
import io.dsr.netty.host.MaintenanceTask;
import io.dsr.netty.host.NeighbourEvents;
import io.dsr.netty.host.Shard;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A layer-4 load balancer for direct server return: answers for virtual IPs and forwards each of
 * their frames to a real server with only the MAC addresses changed; it never sees the responses.
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
 * <p>{@link Balancer} says what can be done with it, from which threads, and how that fails.
 * Changes are made on a control thread of the balancer's own, questions are answered on another.
 * These threads, the event loops and all sockets live in the network namespace of the thread that
 * calls {@link #start}.
 */
@SuppressWarnings("FutureReturnValueIgnored") // tasks that report for themselves
public final class DsrBalancer implements Balancer {

  private static final Logger LOG = LoggerFactory.getLogger(DsrBalancer.class);
  private static final long CLOSE_SECONDS = 2;

  /** For how many slots counters are made at the start; they grow. */
  private static final int FIRST_SLOTS = 64;

  private final Settings settings;
  private final Slots slots;
  private final VipGates gates = new VipGates(/* open= */ false);
  private final List<OverloadDetector> loads;
  private final ServiceControl control;
  private final EventExecutor executor = BalancerThread.named("dsr-control");
  private final EventExecutor watching = BalancerThread.named("dsr-watch");
  private final EventExecutor inspection = BalancerThread.named("dsr-inspection");
  private final UserThreads users = new UserThreads();
  private final ExtensionFaults faults = new ExtensionFaults(this::tellFault);
  private final BalancerInspector inspector;
  private final EventListeners listeners = new EventListeners(users, faults);

  /** Drains that go on: nobody else would end them once this is closed. */
  private final Set<Answer<DrainReport>> drains = ConcurrentHashMap.newKeySet();

  private volatile @Nullable HostDatapath datapath;
  private @Nullable InterfaceWatch interfaces;
  private volatile @Nullable HandlerWatch handlers;
  private volatile @Nullable Throwable failure;
  private volatile boolean closed;
  private boolean started;

  DsrBalancer(Settings settings) {
    this.settings = settings;
    this.slots = new Slots(Slots.MAXIMUM, settings.maximumServers());
    this.loads = OverloadDetector.ofLoops(settings.eventLoops(), FIRST_SLOTS);
    var counters = new TotalServerCounters(loads.stream().map(OverloadDetector::counters).toList());
    ServiceTableBuilder tableBuilder =
        new ServiceTableBuilder(
            loads,
            settings.host().limits().hashKey(),
            settings.host().ticker(),
            settings.maximumClients(),
            faults);
    this.control =
        new ServiceControl(
            slots, counters, tableBuilder, settings.host().ticker(), gates, listeners);
    this.inspector =
        new BalancerInspector(
            control,
            this::datapath,
            inspection,
            executor,
            this::isOwnThread,
            users,
            settings.host().limits().hashKey(),
            settings.host().ticker());
    settings.listeners().forEach(listeners::add);
  }

  /** Returns a builder. */
  public static DsrBalancerBuilder builder() {
    return new DsrBalancerBuilder();
  }

  /**
   * Returns whether the calling thread can start a balancer here, apart from the interface's state.
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
    Availability.ensure();
  }

  /**
   * Returns why the calling thread cannot start a balancer here, or null if it can: the system is
   * not Linux, native epoll is missing, or CAP_NET_RAW is.
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
   * the cause of {@link #unavailabilityCause()}, or an interface that is missing, down or not
   * Ethernet.
   */
  public static @Nullable Throwable unavailabilityCause(String networkInterface) {
    return Availability.cause(networkInterface);
  }

  /**
   * Starts the balancer. The future completes when sockets and filters are in place, the host's
   * kernel is silent, the snapshot is restored, and the VIPs are announced. A failed start leaves
   * nothing behind. It fails with {@link java.io.IOException} if another balancer of this network
   * namespace owns a VIP on one of the interfaces, or a network of VIPs with a VIP of ours.
   *
   * @throws IllegalStateException if the balancer has been started or closed, or its start has
   *     failed: then with that cause
   */
  public Future<Void> start() {
    synchronized (this) {
      if (closed) {
        throw new IllegalStateException("closed");
      }
      Throwable cause = failure;
      if (cause != null) {
        throw new IllegalStateException(
            "the start failed: " + ExtensionFaults.text(cause) + " (expected: a new balancer)",
            cause);
      }
      if (started) {
        throw new IllegalStateException("already started");
      }
      started = true;
    }
    // Of no executor: what listens to it is other people's code, and is not to hold one up.
    Promise<Void> start = ImmediateEventExecutor.INSTANCE.newPromise();
    try {
      executor.execute(() -> {
        try {
          checkOpen();
          open();
          checkOpen(); // what was opened is released by the close that waits for this
          users.execute(() -> start.setSuccess(null));
        } catch (Throwable e) {
          // Once it is closed, whatever fails fails for that.
          Throwable cause = closed ? new IllegalStateException("closed", e) : e;
          failure = cause;
          users.execute(() -> start.setFailure(cause));
        }
      });
    } catch (RejectedExecutionException e) {
      return start.setFailure(new IllegalStateException("closed", e));
    }
    return start;
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("closed");
    }
  }

  /** Tells, on a thread that may take its time, what an extension threw first. */
  private void tellFault(String extension, Throwable failure) {
    try {
      watching.execute(() -> {
        LOG.warn("{} failed; later failures of it are counted and not logged", extension, failure);
        listeners.accept(
            new BalancerEvent.ExtensionFailed(extension, ExtensionFaults.text(failure)));
      });
    } catch (RejectedExecutionException e) {
      LOG.debug("{} failed after the end", extension, failure);
    }
  }

  private void open() throws Exception {
    var news = new NeighbourEvents(control, executor, listeners, () -> closed);
    HostDatapath opened =
        HostDatapath.open(settings.host(), control.state(), slots, gates, loads, news, faults);
    datapath = opened;
    opened.whenTaken(() -> executor.execute(this::retire));
    control.follow(opened);
    InterfaceWatch watch;
    try {
      watch = new InterfaceWatch(opened, executor, listeners);
      interfaces = watch;
      control.apply(settings.services());
      restore(opened);
      if (settings.host().ownership() != VipOwnership.STANDBY) {
        control.own();
      }
    } catch (Exception | Error e) {
      datapath = null;
      opened.close();
      closeWatch();
      throw e;
    }
    var losses = new LossWatch(opened, listeners);
    var slow = new HandlerWatch(opened, settings.host().ticker(), listeners);
    handlers = slow;
    new MaintenanceTask(control, opened, watch, losses, slow, () -> closed)
        .begin(executor, watching);
  }

  /** Lets go of what no loop uses any more. A task that throws would end the control thread. */
  private void retire() {
    if (closed) {
      return;
    }
    try {
      boolean _ = control.retire();
    } catch (RuntimeException | Error e) {
      LOG.warn("what is not used any more could not be let go; next try in a second", e);
    }
  }

  /** Restores the snapshot, if any; the gates of the VIPs stay closed until then. */
  private void restore(HostDatapath opened) throws Exception {
    if (settings.snapshot().isPresent()) {
      Path snapshot = settings.snapshot().get();
      long records = new SnapshotImport(control, opened).run(snapshot);
      LOG.info("{} records restored from {}", records, snapshot);
    }
  }

  @Override
  public CompletionStage<Void> addService(VirtualService service) {
    requireNonNull(service, "service");
    return change(() -> control.add(service));
  }

  @Override
  public CompletionStage<Void> replaceService(VirtualService service) {
    requireNonNull(service, "service");
    return change(() -> control.replace(service));
  }

  @Override
  public CompletionStage<Void> removeService(ServiceKey service) {
    requireNonNull(service, "service");
    return change(() -> control.remove(service));
  }

  @Override
  public CompletionStage<Void> addRealServer(ServiceKey service, RealServer server) {
    requireNonNull(service, "service");
    requireNonNull(server, "server");
    return change(() -> control.addServer(service, server));
  }

  @Override
  public CompletionStage<Void> removeRealServer(ServiceKey service, InetAddress server) {
    requireNonNull(service, "service");
    requireNonNull(server, "server");
    return change(() -> control.removeServer(service, server));
  }

  @Override
  public CompletionStage<Void> overrideWeight(ServiceKey service, InetAddress server, int weight) {
    requireNonNull(service, "service");
    requireNonNull(server, "server");
    return change(() -> control.overrideWeight(service, server, weight));
  }

  @Override
  public CompletionStage<Void> clearOverride(ServiceKey service, InetAddress server) {
    requireNonNull(service, "service");
    requireNonNull(server, "server");
    return change(() -> control.clearOverride(service, server));
  }

  @Override
  public CompletionStage<Void> apply(Collection<VirtualService> services) {
    List<VirtualService> wanted = List.copyOf(services);
    return change(() -> control.apply(wanted));
  }

  @Override
  public CompletionStage<DrainReport> drain(
      ServiceKey service, InetAddress server, Duration deadline) {
    requireNonNull(service, "service");
    requireNonNull(server, "server");
    requireNonNull(deadline, "deadline");
    var report = new Answer<DrainReport>(this::isOwnThread, users);
    drains.add(report);
    report.whenComplete((ended, failure) -> drains.remove(report));
    var drain =
        new Drain(
            control, executor, settings.host().ticker(), service, server, inspector::count, report);
    change(() -> drain.begin(deadline))
        .whenComplete((begun, failure) -> {
          if (failure != null) {
            report.completeExceptionally(failure);
          }
        });
    return report;
  }

  @Override
  public CompletionStage<Void> undrain(ServiceKey service, InetAddress server) {
    requireNonNull(service, "service");
    requireNonNull(server, "server");
    return change(() -> control.undrain(service, server));
  }

  @Override
  public CompletionStage<Void> health(ServiceKey service, InetAddress server, Health health) {
    requireNonNull(service, "service");
    requireNonNull(server, "server");
    requireNonNull(health, "health");
    return change(() -> control.health(service, server, health));
  }

  @Override
  public CompletionStage<Void> own() {
    return change(control::own);
  }

  @Override
  public CompletionStage<Void> standby() {
    return change(control::standby);
  }

  @Override
  public CompletionStage<Void> announce() {
    return change(() -> datapath().announce());
  }

  @Override
  public CompletionStage<Void> startCapture(Path file) {
    requireNonNull(file, "file");
    return change(() -> datapath().startCapture(file));
  }

  @Override
  public CompletionStage<Void> stopCapture() {
    return change(() -> datapath().stopCapture());
  }

  @Override
  public CompletionStage<FlowPage> flows(FlowFilter filter, long from, int limit) {
    return inspector.flows(filter, from, limit);
  }

  @Override
  public CompletionStage<Integer> forgetFlows(FlowFilter filter) {
    return inspector.forgetFlows(filter);
  }

  @Override
  public CompletionStage<List<PersistenceEntry>> persistenceEntries(FlowFilter filter, int limit) {
    return inspector.persistenceEntries(filter, limit);
  }

  @Override
  public CompletionStage<Integer> forgetPersistence(FlowFilter filter) {
    return inspector.forgetPersistence(filter);
  }

  @Override
  public CompletionStage<List<BanEntry>> bans(FlowFilter filter, int limit) {
    return inspector.bans(filter, limit);
  }

  @Override
  public CompletionStage<Integer> unban(FlowFilter filter) {
    return inspector.unban(filter);
  }

  @Override
  public CompletionStage<Explanation> explain(byte[] frame) {
    return inspector.explain(frame);
  }

  @Override
  public CompletionStage<ChangePreview> preview(Collection<VirtualService> services) {
    return inspector.preview(services);
  }

  @Override
  public CompletionStage<Long> exportSnapshot(Path file) {
    return inspector.exportSnapshot(file);
  }

  @Override
  public CompletionStage<Long> importSnapshot(Path file) {
    return inspector.importSnapshot(file);
  }

  @Override
  public Registration addListener(Consumer<? super BalancerEvent> listener) {
    return listeners.add(listener);
  }

  @Override
  public List<VirtualService> services() {
    return control.services();
  }

  @Override
  public BalancerStatistics statistics() {
    HostDatapath current = datapath;
    Map<Verdict, Long> verdicts = new EnumMap<>(Verdict.class);
    if (current == null) {
      return new BalancerStatistics(
          control.statistics(), verdicts, 0, List.of(), TableStatistics.NONE, extensions());
    }
    long released = 0;
    for (Shard shard : current.shards()) {
      released += shard.director().verdicts().released();
      shard
          .director()
          .verdicts()
          .snapshot()
          .forEach((verdict, n) -> verdicts.merge(verdict, n, Long::sum));
    }
    return new BalancerStatistics(
        control.statistics(),
        verdicts,
        released,
        current.statistics(),
        current.tables().plus(control.tables()),
        extensions());
  }

  private ExtensionStatistics extensions() {
    HandlerWatch slow = handlers;
    return new ExtensionStatistics(
        faults.counts(), listeners.lost(), slow == null ? 0 : slow.slowFrames());
  }

  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    gates.shut(); // whatever holds the control thread up, the VIPs are given up now
    var released = new CountDownLatch(1);
    executor.execute(() -> {
      try {
        release();
      } finally {
        released.countDown();
      }
    });
    if (!isOwnThread()) { // which the control thread may be, or wait for
      awaitRelease(released);
    }
    watching.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    inspection.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    executor.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    var closure = new IllegalStateException("closed");
    drains.forEach(drain -> drain.giveFailure(closure));
    listeners.end();
    users.close();
  }

  private void release() {
    try {
      HostDatapath current = datapath;
      closeWatch();
      if (current != null) {
        current.close();
      }
    } catch (RuntimeException | Error e) {
      LOG.warn("the balancer did not close completely", e);
    }
  }

  private void awaitRelease(CountDownLatch released) {
    boolean interrupted = false;
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(CLOSE_SECONDS);
    try {
      while (true) {
        try {
          if (!released.await(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
            abandon();
          }
          return;
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Ends the event loops while the control thread is held up; it does the rest once it is not. */
  private void abandon() {
    LOG.warn(
        "the control thread is busy for more than {} s, in a scheduler or a system call; the VIPs"
            + " and the event loops are released now, the rest once it returns",
        CLOSE_SECONDS);
    HostDatapath current = datapath;
    if (current != null) {
      current.endLoops();
    }
  }

  /**
   * Returns for how long the event loop that is furthest behind has not done what was due, zero if
   * none is behind. A loop that hangs, or has no CPU, is further behind with each call; a long
   * listing, export or change makes none late. Any thread; waits for nobody.
   *
   * @throws IllegalStateException if the balancer does not run
   */
  public Duration longestLoopDelay() {
    return Duration.ofNanos(Shard.longestOverdueNanos(datapath().shards()));
  }

  /** Returns how often the balancer waited for a loop or listed the interfaces: slow and rare. */
  long waits() {
    return datapath().waits();
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

  /** Returns whether an operation may have to wait for the calling thread. */
  private boolean isOwnThread() {
    HostDatapath current = datapath;
    return executor.inEventLoop()
        || inspection.inEventLoop()
        || watching.inEventLoop()
        || (current != null && current.shards().stream().anyMatch(Shard::isLoopThread));
  }

  @SuppressWarnings("NullAway") // a CompletionStage<Void> has no other value
  private CompletionStage<Void> change(Change change) {
    return new Answer<Void>(this::isOwnThread, users)
        .by(
            executor,
            () -> {
              datapath();
              change.make();
              return null;
            });
  }

  @FunctionalInterface
  private interface Change {
    void make() throws Exception;
  }
}
