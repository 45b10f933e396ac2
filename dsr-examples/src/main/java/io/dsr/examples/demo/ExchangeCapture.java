package io.dsr.examples.demo;

import io.dsr.lab.Host;
import io.dsr.lab.Lab;
import io.dsr.linux.packet.FrameTap;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;

/** Hears connections open at the balancer, at each server and at the router. */
final class ExchangeCapture implements AutoCloseable {

  private static final Duration DEADLINE = Duration.ofSeconds(5);
  private static final Duration PATIENCE = Duration.ofMillis(20);
  private static final int MAXIMUM_FRAMES = 10_000;

  private final List<SeenFrame> frames = new CopyOnWriteArrayList<>();
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean stopped;

  private ExchangeCapture() {}

  /** Begins; what passes once this has returned is heard. */
  static ExchangeCapture open(Lab lab) throws IOException {
    var hosts = new ArrayList<Host>(List.of(lab.router(), lab.balancer()));
    hosts.addAll(lab.servers());
    var capture = new ExchangeCapture();
    boolean success = false;
    try {
      for (Host host : hosts) {
        capture.hear(host);
      }
      success = true;
      return capture;
    } finally {
      if (!success) {
        capture.close();
      }
    }
  }

  /**
   * Waits for the three frames that open one connection.
   *
   * @param clientPort the connection's port on the client
   * @throws IOException if one is not heard within five seconds
   */
  Exchange exchange(Lab lab, Host server, int clientPort) throws IOException {
    long deadline = System.nanoTime() + DEADLINE.toNanos();
    return new Exchange(
        await(deadline, lab.balancer(), frame -> opens(frame, clientPort)),
        await(deadline, server, frame -> opens(frame, clientPort)),
        await(deadline, lab.router(), frame -> accepts(frame, clientPort)));
  }

  /** Stops capturing. */
  @Override
  public void close() {
    stopped = true;
    try {
      for (Thread thread : threads) {
        thread.join(DEADLINE);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  // By ports alone, so that a wrong address is seen and not waited for in vain.
  private static boolean opens(SeenFrame frame, int clientPort) {
    return frame.segment().opens() && frame.segment().sourcePort() == clientPort;
  }

  private static boolean accepts(SeenFrame frame, int clientPort) {
    return frame.segment().accepts() && frame.segment().destinationPort() == clientPort;
  }

  private SeenFrame await(long deadline, Host host, Predicate<SeenFrame> wanted)
      throws IOException {
    while (true) {
      Optional<SeenFrame> found =
          frames.stream()
              .filter(frame -> !frame.outgoing() && frame.place().equals(host.name()))
              .filter(wanted)
              .findFirst();
      if (found.isPresent()) {
        return found.get();
      }
      if (System.nanoTime() - deadline > 0) {
        throw new IOException("a frame of the exchange is missing at " + host.name());
      }
      pause();
    }
  }

  private static void pause() throws IOException {
    try {
      Thread.sleep(PATIENCE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private void hear(Host host) throws IOException {
    FrameTap tap = host.namespace().call(() -> FrameTap.open(host.networkInterface()));
    threads.add(
        Thread.ofPlatform()
            .daemon()
            .name(host.name() + "-tap")
            .start(() -> hear(tap, host.name())));
  }

  private void hear(FrameTap tap, String place) {
    try (tap) {
      while (!stopped && frames.size() < MAXIMUM_FRAMES) {
        tap.receive(PATIENCE)
            .flatMap(frame -> SeenFrame.of(place, frame.outgoing(), frame.bytes()))
            .filter(frame -> frame.segment().opens() || frame.segment().accepts())
            .ifPresent(frames::add);
      }
    } catch (IOException ignored) {
      // The interface went away: what was to be heard is missed, and exchange() says so.
    }
  }
}
