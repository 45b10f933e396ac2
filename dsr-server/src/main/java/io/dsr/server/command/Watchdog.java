package io.dsr.server.command;

import io.dsr.netty.DsrBalancer;
import io.dsr.netty.ServiceNotice;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Tells the service manager that a balancer works, as long as each of its event loops does what is
 * due; a process that only lives is restarted. Whatever else takes long, such as an export of all
 * flows, delays no frame and is no reason for that.
 */
final class Watchdog implements AutoCloseable {

  private final Supplier<Duration> loopDelay;
  private final Runnable alive;
  private final Thread thread;
  private final Duration interval;

  /**
   * Creates a watchdog that tells nothing yet.
   *
   * @param loopDelay for how long the latest event loop has not done what was due
   * @param alive tells that the balancer works
   * @param within how often that is expected
   */
  Watchdog(Supplier<Duration> loopDelay, Runnable alive, Duration within) {
    this.loopDelay = loopDelay;
    this.alive = alive;
    this.interval = within.dividedBy(3);
    this.thread = Thread.ofPlatform().daemon().name("dsr-watchdog").unstarted(this::run);
  }

  /** Begins to tell, three times as often as is expected, if anything is; ends with the close. */
  static Watchdog begin(DsrBalancer balancer, ServiceNotice notice) {
    Duration within = notice.watchdog().orElse(Duration.ofSeconds(30));
    var watchdog = new Watchdog(balancer::longestLoopDelay, notice::alive, within);
    if (notice.watchdog().isPresent()) {
      watchdog.thread.start();
    }
    return watchdog;
  }

  private void run() {
    try {
      while (true) {
        look();
        TimeUnit.NANOSECONDS.sleep(interval.toNanos());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Tells that the balancer works, unless a loop is behind by a third of what is expected. */
  void look() {
    try {
      if (loopDelay.get().compareTo(interval) < 0) {
        alive.run();
      }
    } catch (RuntimeException e) {
      // It does not run: silence tells that.
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
