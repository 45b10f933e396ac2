package io.dsr.server.command;

import io.dsr.core.Balancer;
import io.dsr.core.FlowFilter;
import io.dsr.netty.ServiceNotice;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Tells the service manager that a balancer works, as long as it answers a question, which its
 * event loop and its inspection thread have a part in; a process that only lives is restarted.
 */
final class Watchdog implements AutoCloseable {

  private final Balancer balancer;
  private final ServiceNotice notice;
  private final Thread thread;
  private final long intervalNanos;

  private Watchdog(Balancer balancer, ServiceNotice notice, Duration within) {
    this.balancer = balancer;
    this.notice = notice;
    this.intervalNanos = within.toNanos() / 3;
    this.thread = Thread.ofPlatform().daemon().name("dsr-watchdog").unstarted(this::run);
  }

  /** Begins to tell, three times as often as is expected, if anything is; ends with the close. */
  static Watchdog begin(Balancer balancer, ServiceNotice notice) {
    var watchdog = new Watchdog(balancer, notice, notice.watchdog().orElse(Duration.ofSeconds(30)));
    if (notice.watchdog().isPresent()) {
      watchdog.thread.start();
    }
    return watchdog;
  }

  private void run() {
    try {
      while (true) {
        ask();
        TimeUnit.NANOSECONDS.sleep(intervalNanos);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void ask() throws InterruptedException {
    try {
      CompletableFuture<?> answer = balancer.flows(FlowFilter.ALL, 0, 1).toCompletableFuture();
      answer.get(intervalNanos, TimeUnit.NANOSECONDS);
      notice.alive();
    } catch (ExecutionException | RuntimeException | TimeoutException e) {
      // It does not answer: silence tells that.
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
