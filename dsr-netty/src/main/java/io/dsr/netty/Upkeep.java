package io.dsr.netty;

import io.dsr.core.membership.LoadWatch;
import io.netty.util.concurrent.EventExecutor;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What has to be done from time to time while a balancer runs. */
@SuppressWarnings("FutureReturnValueIgnored") // tasks that report for themselves
final class Upkeep {

  private static final Logger LOG = LoggerFactory.getLogger(DsrBalancer.class);
  private static final long TICK_MILLISECONDS = 250;
  private static final int TICKS_A_REAP = 2;
  private static final int TICKS_A_SECOND = 4;

  private final ServiceControl control;
  private final List<LoadWatch> loads;
  private final InterfaceWatch interfaces;
  private final LossWatch losses;
  private final BooleanSupplier closed;
  private int heeded;
  private int ticks;
  private int looks;

  Upkeep(
      ServiceControl control,
      List<LoadWatch> loads,
      InterfaceWatch interfaces,
      LossWatch losses,
      BooleanSupplier closed) {
    this.interfaces = interfaces;
    this.losses = losses;
    this.control = control;
    this.loads = loads;
    this.closed = closed;
  }

  /**
   * Begins.
   *
   * @param control the control thread
   * @param watch a thread that waits for nobody
   */
  void begin(EventExecutor control, EventExecutor watch) {
    control.scheduleWithFixedDelay(
        this::tick, TICK_MILLISECONDS, TICK_MILLISECONDS, TimeUnit.MILLISECONDS);
    watch.scheduleWithFixedDelay(
        this::watch, TICK_MILLISECONDS, TICK_MILLISECONDS, TimeUnit.MILLISECONDS);
  }

  /** One timer for all, lest an idle balancer wake for each of them. */
  private void tick() {
    if (closed.getAsBoolean()) {
      return;
    }
    ticks++;
    heedLoad();
    if (ticks % TICKS_A_REAP == 0) {
      reap();
    }
    if (ticks % TICKS_A_SECOND == 0) {
      interfaces.attachMissing();
    }
  }

  /** Tells of losses, and of loops without time: the control thread may be waiting for one. */
  private void watch() {
    if (closed.getAsBoolean()) {
      return;
    }
    try {
      losses.look();
      looks++;
      if (looks % TICKS_A_SECOND == 0) {
        losses.count();
      }
    } catch (RuntimeException e) {
      LOG.warn("losses could not be counted", e);
    }
  }

  /** Lets go of removed servers whose flows have ended. */
  private void reap() {
    try {
      control.reap();
    } catch (Exception e) {
      LOG.warn("removed servers could not be let go", e);
    }
  }

  /** Takes servers that are full out of the pickers, and brings back those that no longer are. */
  private void heedLoad() {
    int version = 0;
    for (LoadWatch load : loads) {
      version += load.version();
    }
    if (version == heeded) {
      return;
    }
    try {
      control.overloaded(
          loads.stream()
              .flatMapToInt(load -> load.overloaded().stream())
              .boxed()
              .collect(Collectors.toSet()));
      heeded = version;
    } catch (Exception e) {
      LOG.warn("full servers could not be taken out", e);
    }
  }
}
