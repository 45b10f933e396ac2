package io.dsr.netty;

import io.dsr.core.membership.LoadWatch;
import io.netty.util.concurrent.EventExecutor;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What has to be done from time to time while a balancer runs. Control thread. */
@SuppressWarnings("FutureReturnValueIgnored") // tasks that report for themselves
final class Upkeep {

  private static final Logger LOG = LoggerFactory.getLogger(DsrBalancer.class);
  private static final long REAP_MILLISECONDS = 500;
  private static final long LOAD_MILLISECONDS = 100;

  private final ServiceControl control;
  private final List<LoadWatch> loads;
  private final InterfaceWatch interfaces;
  private final LossWatch losses;
  private final BooleanSupplier closed;
  private int heeded;

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

  void begin(EventExecutor executor) {
    executor.scheduleWithFixedDelay(
        this::reap, REAP_MILLISECONDS, REAP_MILLISECONDS, TimeUnit.MILLISECONDS);
    executor.scheduleWithFixedDelay(
        this::heedLoad, LOAD_MILLISECONDS, LOAD_MILLISECONDS, TimeUnit.MILLISECONDS);
    executor.scheduleWithFixedDelay(
        this::heedInterfaces, LOAD_MILLISECONDS, LOAD_MILLISECONDS, TimeUnit.MILLISECONDS);
  }

  /** Follows what happens to the interfaces, and tells of losses. */
  private void heedInterfaces() {
    if (closed.getAsBoolean()) {
      return;
    }
    try {
      interfaces.poll();
      losses.look();
    } catch (Exception e) {
      LOG.warn("the interfaces could not be looked at", e);
    }
  }

  /** Lets go of removed servers whose flows have ended. */
  private void reap() {
    if (closed.getAsBoolean()) {
      return;
    }
    try {
      control.reap();
    } catch (Exception e) {
      LOG.warn("removed servers could not be let go", e);
    }
  }

  /** Takes servers that are full out of the pickers, and brings back those that no longer are. */
  private void heedLoad() {
    int version = loads.stream().mapToInt(LoadWatch::version).sum();
    if (closed.getAsBoolean() || version == heeded) {
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
