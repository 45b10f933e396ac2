package io.dsr.lab.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.BalancerStatistics.InterfaceStatistics;
import io.dsr.netty.DsrBalancer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads a balancer's counts of its first interface all the time; they may never go back. */
final class CountWatch implements AutoCloseable {

  private final List<String> relapses = new ArrayList<>();
  private final Thread thread;
  private volatile boolean over;
  private long looks;

  private CountWatch(DsrBalancer balancer) {
    thread = Thread.ofPlatform().name("count-watch").start(() -> watch(balancer));
  }

  static CountWatch of(DsrBalancer balancer) {
    return new CountWatch(balancer);
  }

  private void watch(DsrBalancer balancer) {
    InterfaceStatistics before = null;
    while (!over) {
      InterfaceStatistics now = balancer.statistics().interfaces().getFirst();
      if (isLess(now, before)) {
        relapses.add(before + ", then " + now);
      }
      before = now;
      looks++;
    }
  }

  private static boolean isLess(InterfaceStatistics now, @Nullable InterfaceStatistics before) {
    return before != null && (now.sent() < before.sent() || frames(now) < frames(before));
  }

  private static long frames(InterfaceStatistics statistics) {
    return statistics.kernelFrames().stream().mapToLong(count -> count).sum();
  }

  /** Ends it, and fails if a count went back. */
  @Override
  public void close() {
    over = true;
    boolean ended;
    try {
      ended = thread.join(Duration.ofSeconds(10));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return;
    }
    assertThat(ended).isTrue();
    assertThat(looks).isGreaterThan(10);
    assertThat(relapses).isEmpty();
  }
}
