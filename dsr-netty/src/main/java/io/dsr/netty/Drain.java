package io.dsr.netty;

import io.dsr.core.BalancerStatistics.ServerStatistics;
import io.dsr.core.BalancerStatistics.ServiceStatistics;
import io.dsr.core.BalancerStatistics.Traffic;
import io.dsr.core.DrainReport;
import io.dsr.core.ServiceKey;
import io.dsr.core.Ticker;
import io.dsr.core.control.ServiceControl;
import io.netty.util.concurrent.EventExecutor;
import java.net.InetAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

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
  private final Answer<DrainReport> report;
  private final long began;
  private long flowsAtStart;

  Drain(
      ServiceControl control,
      EventExecutor executor,
      Ticker ticker,
      ServiceKey service,
      InetAddress server,
      Answer<DrainReport> report) {
    this.control = control;
    this.executor = executor;
    this.ticker = ticker;
    this.service = service;
    this.server = server;
    this.report = report;
    this.began = ticker.nanos();
  }

  /** Begins; the report comes later. */
  void begin(Duration deadline) throws Exception {
    if (deadline.isNegative() || deadline.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException("deadline: " + deadline + " (expected: 0 to 7 days)");
    }
    control.drain(service, server);
    flowsAtStart = flows();
    look(deadline);
  }

  private void look(Duration deadline) {
    long flows = flows();
    Duration took = Duration.ofNanos(ticker.nanos() - began);
    if (flows == 0 || took.compareTo(deadline) >= 0) {
      report.give(new DrainReport(flowsAtStart, flows, took));
    } else if (!report.isDone()) {
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
