package io.dsr.netty.host;

import io.dsr.core.control.ServiceControl;
import io.netty.util.concurrent.EventExecutor;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The periodic maintenance of a running balancer. */
@SuppressWarnings("FutureReturnValueIgnored") // tasks that report for themselves
public final class MaintenanceTask {

  private static final Logger LOG = LoggerFactory.getLogger(MaintenanceTask.class);

  private final ServiceControl control;
  private final HostDatapath datapath;
  private final List<Shard> shards;
  private final InterfaceWatch interfaces;
  private final LossWatch losses;
  private final HandlerWatch handlers;
  private final BooleanSupplier closed;
  private final AtomicBoolean asked = new AtomicBoolean();
  private final AtomicBoolean ordered = new AtomicBoolean();
  private volatile int applied;

  /** Creates a task that does nothing before {@link #begin}. */
  public MaintenanceTask(
      ServiceControl control,
      HostDatapath datapath,
      InterfaceWatch interfaces,
      LossWatch losses,
      HandlerWatch handlers,
      BooleanSupplier closed) {
    this.handlers = handlers;
    this.interfaces = interfaces;
    this.losses = losses;
    this.control = control;
    this.datapath = datapath;
    this.shards = datapath.shards();
    this.closed = closed;
  }

  /**
   * Begins.
   *
   * @param executor the control thread
   * @param watch a thread that waits for nobody
   */
  public void begin(EventExecutor executor, EventExecutor watch) {
    watch.scheduleWithFixedDelay(() -> look(executor), 1, 1, TimeUnit.SECONDS);
    shards.forEach(shard -> shard.onLoad(() -> ask(executor)));
  }

  /**
   * Schedules a check of the load, once for all loops that ask in the meantime. On an event loop.
   */
  private void ask(EventExecutor executor) {
    if (!closed.getAsBoolean() && !asked.getAndSet(true)) {
      executor.execute(this::applyLoad);
    }
  }

  /**
   * Reports losses and starved loops; the control thread may be waiting for one. That thread is
   * woken only where it has something to do: an idle balancer should sleep.
   */
  private void look(EventExecutor executor) {
    if (closed.getAsBoolean()) {
      return;
    }
    try {
      losses.look();
      losses.count();
      handlers.look();
    } catch (RuntimeException | Error e) {
      LOG.warn("lost frames could not be counted", e);
    }
    try {
      datapath.dismissAskers();
    } catch (RuntimeException | Error e) {
      LOG.warn("those who ask who owns a VIP could not be let go", e);
    }
    try {
      if (isDue() && !ordered.getAndSet(true)) {
        executor.execute(this::tend);
      }
    } catch (RuntimeException | Error e) {
      LOG.warn("maintenance could not be scheduled", e);
    }
  }

  private boolean isDue() {
    return loadVersion() != applied
        || control.hasRemoved()
        || control.hasUnretired()
        || control.hasStalePickers()
        || interfaces.hasMissing();
  }

  private void tend() {
    ordered.set(false);
    if (closed.getAsBoolean()) {
      return;
    }
    applyLoad(); // again, if it failed
    retrySchedulers();
    reap();
    attachMissing();
  }

  private void attachMissing() {
    try {
      interfaces.attachMissing();
    } catch (RuntimeException | Error e) {
      LOG.warn("missing interfaces could not be looked for", e);
    }
  }

  /** Asks schedulers again that failed when servers came, went, or changed. */
  private void retrySchedulers() {
    try {
      control.retrySchedulers();
    } catch (RuntimeException | Error e) {
      LOG.warn("schedulers that failed could not be asked again", e);
    }
  }

  /** Lets go of what is not used any more, and of removed servers whose flows have ended. */
  private void reap() {
    try {
      control.reap();
    } catch (Exception | Error e) {
      LOG.warn("the slots of removed servers could not be released", e);
    }
  }

  /** Takes servers that are full out of the pickers, and brings back those that no longer are. */
  private void applyLoad() {
    asked.set(false);
    int version = loadVersion();
    if (version == applied || closed.getAsBoolean()) {
      return;
    }
    try {
      control.overloaded(
          shards.stream()
              .flatMapToInt(shard -> shard.load().overloaded().stream())
              .boxed()
              .collect(Collectors.toSet()));
      applied = version;
    } catch (IllegalArgumentException e) { // the change is made; the scheduler's fault was told
      LOG.debug("a scheduler has failed; it will be asked again", e);
      applied = version;
    } catch (Exception | Error e) {
      LOG.warn("overloaded servers could not be taken out of scheduling", e);
    }
  }

  private int loadVersion() {
    int version = 0;
    for (Shard shard : shards) {
      version += shard.load().version();
    }
    return version;
  }
}
