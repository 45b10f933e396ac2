package io.dsr.netty;

import io.dsr.core.BalancerStatistics.ServerStatistics;
import io.dsr.core.BalancerStatistics.ServiceStatistics;
import io.dsr.core.BalancerStatistics.Traffic;
import io.dsr.core.DrainReport;
import io.dsr.core.FlowFilter;
import io.dsr.core.ServiceKey;
import io.dsr.core.Ticker;
import io.dsr.core.control.ServiceControl;
import io.dsr.netty.BalancerInspector.FlowCount;
import io.netty.util.concurrent.EventExecutor;
import java.net.InetAddress;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Waits for the last flow in use of one server of one service. Control thread.
 *
 * <p>The counters tell of load, and a connection that is only silent is none: where they say that
 * there is none, but flows are remembered, these are counted one by one, once a second.
 */
@SuppressWarnings("FutureReturnValueIgnored") // tasks that report for themselves
final class Drain {

  private static final Duration LONGEST = Duration.ofDays(7);
  private static final long LOOK_MILLISECONDS = 100;
  private static final int COUNT_EVERY = 10; // looks

  private final ServiceControl control;
  private final EventExecutor executor;
  private final Ticker ticker;
  private final ServiceKey service;
  private final InetAddress server;
  private final Function<FlowFilter, CompletionStage<FlowCount>> counter;
  private final Answer<DrainReport> report;
  private final long began;
  private long flowsAtStart;
  private int looks;

  Drain(
      ServiceControl control,
      EventExecutor executor,
      Ticker ticker,
      ServiceKey service,
      InetAddress server,
      Function<FlowFilter, CompletionStage<FlowCount>> counter,
      Answer<DrainReport> report) {
    this.control = control;
    this.executor = executor;
    this.ticker = ticker;
    this.service = service;
    this.server = server;
    this.counter = counter;
    this.report = report;
    this.began = ticker.nanos();
  }

  /** Begins; the report comes later. */
  void begin(Duration deadline) throws Exception {
    if (deadline.isNegative() || deadline.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException("deadline: " + deadline + " (expected: 0 to 7 days)");
    }
    control.drain(service, server);
    count(counted -> {
      flowsAtStart = counted.open();
      decide(counted, deadline);
    });
  }

  private void look(Duration deadline) {
    Traffic traffic = traffic();
    looks++;
    if (traffic.activeConnections() + traffic.inactiveConnections() == 0) {
      decide(new FlowCount(0, 0), deadline);
    } else if (isOver(deadline) || (traffic.activeConnections() == 0 && looks % COUNT_EVERY == 0)) {
      count(counted -> decide(counted, deadline));
    } else {
      lookLater(deadline);
    }
  }

  private boolean isOver(Duration deadline) {
    return took().compareTo(deadline) >= 0;
  }

  private Duration took() {
    return Duration.ofNanos(ticker.nanos() - began);
  }

  private void lookLater(Duration deadline) {
    if (!report.isDone()) {
      executor.schedule(() -> look(deadline), LOOK_MILLISECONDS, TimeUnit.MILLISECONDS);
    }
  }

  private void decide(FlowCount counted, Duration deadline) {
    if (counted.open() == 0 || isOver(deadline)) {
      end(new DrainReport(flowsAtStart, counted.open(), counted.closed(), took()));
    } else {
      lookLater(deadline);
    }
  }

  private void end(DrainReport ended) {
    try {
      if (!ended.isDrained()) {
        control.drained(service, server); // flows of datagrams move, as they need not end
      }
      report.give(ended);
    } catch (IllegalArgumentException e) { // it has been removed meanwhile, and drains as such
      report.give(ended);
    } catch (Exception e) {
      report.giveFailure(e);
    }
  }

  /** Has the flows counted, and goes on with that on the control thread. */
  private void count(Consumer<FlowCount> then) {
    counter
        .apply(FlowFilter.ALL.service(service).server(server))
        .whenComplete((counted, failure) -> {
          if (failure != null) {
            report.giveFailure(failure);
            return;
          }
          try {
            executor.execute(() -> then.accept(counted));
          } catch (RejectedExecutionException e) {
            report.giveFailure(new IllegalStateException("closed", e));
          }
        });
  }

  private Traffic traffic() {
    Traffic traffic = Traffic.NONE;
    for (ServiceStatistics statistics : control.statistics()) {
      if (statistics.service().equals(service)) {
        for (ServerStatistics each : statistics.servers()) {
          if (each.address().equals(server)) {
            traffic = traffic.plus(each.traffic());
          }
        }
      }
    }
    return traffic;
  }
}
