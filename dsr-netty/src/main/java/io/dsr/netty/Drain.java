package io.dsr.netty;

import io.dsr.core.BalancerStatistics.ServerStatistics;
import io.dsr.core.BalancerStatistics.ServiceStatistics;
import io.dsr.core.BalancerStatistics.Traffic;
import io.dsr.core.ServiceKey;
import io.dsr.core.Ticker;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Waits for the last flow of one server of one service. Control thread. */
@SuppressWarnings("FutureReturnValueIgnored") // tasks that report for themselves
final class Drain {

  private static final Duration LONGEST = Duration.ofDays(7);
  private static final long LOOK_MILLISECONDS = 100;

  private final ServiceControl control;
  private final EventExecutor executor;
  private final Ticker ticker;
  private final ServiceKey service;
  private final InetAddress server;
  private final Promise<DrainReport> promise;
  private final long began;
  private long flowsAtStart;

  Drain(
      ServiceControl control,
      EventExecutor executor,
      Ticker ticker,
      ServiceKey service,
      InetAddress server) {
    this.control = control;
    this.executor = executor;
    this.ticker = ticker;
    this.service = service;
    this.server = server;
    this.promise = executor.newPromise();
    this.began = ticker.nanos();
  }

  /** Begins to wait once {@code draining} is done; fails as that does. */
  Future<DrainReport> begin(Duration deadline, Supplier<Future<Void>> draining) {
    if (deadline.isNegative() || deadline.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException("deadline: " + deadline + " (expected: 0 to 7 days)");
    }
    draining
        .get()
        .addListener(changed -> {
          if (changed.isSuccess()) {
            flowsAtStart = flows();
            look(deadline);
          } else {
            promise.tryFailure(changed.cause());
          }
        });
    return promise;
  }

  private void look(Duration deadline) {
    long flows = flows();
    Duration took = Duration.ofNanos(ticker.nanos() - began);
    if (flows == 0 || took.compareTo(deadline) >= 0) {
      promise.trySuccess(new DrainReport(flowsAtStart, flows, took));
    } else if (!promise.isDone()) {
      executor.schedule(() -> look(deadline), LOOK_MILLISECONDS, TimeUnit.MILLISECONDS);
    }
  }

  private long flows() {
    long flows = 0;
    for (ServiceStatistics statistics : control.statistics()) {
      if (statistics.service().equals(service)) {
        for (ServerStatistics each : statistics.servers()) {
          Traffic traffic = each.traffic();
          boolean same = each.address().equals(server);
          flows += same ? traffic.activeConnections() + traffic.inactiveConnections() : 0;
        }
      }
    }
    return flows;
  }
}
