package io.dsr.lab;

import io.dsr.core.Scheduler;
import io.dsr.core.VirtualService;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/**
 * A balancer that runs on a lab's balancer host: an {@link EmbeddedBalancer} in this JVM, or a
 * {@link BalancerProgram} in a JVM of its own. Both take the same services, wait for the same
 * things, and end alike.
 */
public abstract sealed class RunningBalancer implements AutoCloseable
    permits EmbeddedBalancer, BalancerProgram {

  /** How long anything may take that this harness waits for. */
  public static final Duration PATIENCE = Duration.ofSeconds(15);

  private static final long QUIET_MILLISECONDS = 50;
  private static final long LONGEST_QUIET_SECONDS = 2;

  RunningBalancer() {}

  /** Returns a TCP service with the servers' addresses of the VIP's family, of weight 1. */
  public static VirtualService tcp(
      InetAddress vip, int port, Scheduler scheduler, List<Host> servers) {
    return with(VirtualService.tcp(vip.getHostAddress(), port).scheduler(scheduler), servers);
  }

  /** Returns a UDP service with the servers' addresses of the VIP's family, of weight 1. */
  public static VirtualService udp(
      InetAddress vip, int port, Scheduler scheduler, List<Host> servers) {
    return with(VirtualService.udp(vip.getHostAddress(), port).scheduler(scheduler), servers);
  }

  private static VirtualService with(VirtualService service, List<Host> servers) {
    VirtualService result = service;
    for (Host server : servers) {
      result = result.realServer(server.addressLike(service.key().address()).getHostAddress());
    }
    return result;
  }

  /**
   * Polls until a condition holds.
   *
   * @throws AssertionError if it does not within {@link #PATIENCE}
   */
  public static void awaitTrue(String what, Callable<Boolean> condition) throws Exception {
    Await.until(what, PATIENCE, condition);
  }

  /** Waits until each server with a weight may be chosen. */
  public abstract void awaitServers() throws Exception;

  /** Returns how many frames have come to it so far, or -1 if it has ended. */
  abstract long frames() throws IOException;

  /** Ends it at once. */
  abstract void end();

  /** Returns this balancer once {@code step} has been waited for, and ends it if that fails. */
  static <B extends RunningBalancer> B once(B balancer, Step<B> step) throws Exception {
    boolean success = false;
    try {
      step.await(balancer);
      success = true;
      return balancer;
    } finally {
      if (!success) {
        balancer.end();
      }
    }
  }

  /** What a start waits for. */
  @FunctionalInterface
  interface Step<B> {
    void await(B balancer) throws Exception;
  }

  /** Waits until no frame has come to it for 50 ms, for at most two seconds. */
  public final void awaitQuiet() throws IOException, InterruptedException {
    long latest = System.nanoTime() + TimeUnit.SECONDS.toNanos(LONGEST_QUIET_SECONDS);
    long before = -1;
    for (long now = frames(); now != before && System.nanoTime() < latest; now = frames()) {
      before = now;
      TimeUnit.MILLISECONDS.sleep(QUIET_MILLISECONDS);
    }
  }

  /**
   * Ends it once the wire is quiet: a FIN that it does not carry any more comes again, and the next
   * balancer would count it as a connection in the middle.
   */
  @Override
  public final void close() {
    try {
      awaitQuiet();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      end();
    }
  }
}
