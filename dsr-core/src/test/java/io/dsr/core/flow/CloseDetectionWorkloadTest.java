package io.dsr.core.flow;

import static io.dsr.core.flow.TcpState.ACK;
import static io.dsr.core.flow.TcpState.FIN;
import static io.dsr.core.flow.TcpState.RST;
import static io.dsr.core.flow.TcpState.SYN;
import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.HashKey;
import io.dsr.core.membership.ServerCounters;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * How far the count of active connections is from the truth, on a simulated workload of which the
 * balancer sees the client's frames alone: once by states, as IPVS counts, once with {@link
 * CloseDetection}. Both tables see the same frames.
 *
 * <p>The truth is what the servers have open. Of the connections, 60 % are closed by the client, 10
 * % are refused, 10 % are reset by the server, 5 % reset by the client's scanner after the server's
 * SYN, 5 % lose their server in the middle of a request, 5 % are idle for up to five minutes before
 * they end, and 5 % close their half and download for a while.
 */
final class CloseDetectionWorkloadTest {

  private static final HashKey KEY = new HashKey(1, 2);
  private static final int SERVERS = 8;
  private static final int PER_SECOND = 40;
  private static final int SECONDS = 1_200;
  private static final int WARM_UP = 300;
  private static final double SECOND = 1e9;

  private final PriorityQueue<Event> events =
      new PriorityQueue<>(Comparator.comparingDouble(Event::time));
  private final ServerCounters plainCounts = new ServerCounters(SERVERS);
  private final ServerCounters closeCounts = new ServerCounters(SERVERS);
  private final FlowTracker plain = new FlowTracker(false, 1 << 17, KEY, plainCounts, 0);
  private final FlowTracker close = new FlowTracker(false, 1 << 17, KEY, closeCounts, 0);
  private final FlowKey key = new FlowKey(KEY);
  private final int[] open = new int[SERVERS];

  private record Event(double time, Runnable what) {}

  @Test
  void comesNearerToTheTruthThanStatesAlone() {
    long seed = System.nanoTime();
    var random = new SplittableRandom(seed);
    close.closeDetection(CloseDetection.DEFAULT);
    for (int n = 0; n < SECONDS * PER_SECOND; n++) {
      begin(n, n / (double) PER_SECOND, random);
    }
    double plainError = 0;
    double closeError = 0;
    double truth = 0;
    for (int second = 0; second < SECONDS; second++) {
      runUntil(second);
      for (int server = 0; server < SERVERS && second >= WARM_UP; server++) {
        plainError += Math.abs(plainCounts.active(server) - open[server]);
        closeError += Math.abs(closeCounts.active(server) - open[server]);
        truth += open[server];
      }
    }
    double samples = (double) SERVERS * (SECONDS - WARM_UP);
    System.out.printf(
        "connections open on a server %.0f; mean error by states %.0f, with close detection %.0f"
            + " (seed %d)%n",
        truth / samples, plainError / samples, closeError / samples, seed);

    assertThat(closeError / plainError).as("seed %d", seed).isLessThan(0.3);
    assertThat(closeError / truth).as("seed %d", seed).isLessThan(0.6);
  }

  private void runUntil(int second) {
    while (!events.isEmpty() && events.peek().time() <= second) {
      Event event = events.remove();
      advance(event.time());
      event.what().run();
    }
    advance(second);
  }

  private void advance(double time) {
    long nanos = (long) (time * SECOND);
    plain.time(nanos);
    while (!plain.expire()) {
      // Until nothing is due any more.
    }
    close.time(nanos);
    while (!close.expire()) {
      // Likewise.
    }
  }

  private void begin(int n, double start, SplittableRandom random) {
    int server = n % SERVERS;
    int kind = random.nextInt(100);
    var client = new Client(n, server, start, random);
    client.send(SYN, 1, 0);
    if (kind < 10) {
      return;
    }
    client.wait(0.02 + random.nextDouble() * 0.1);
    if (kind < 15) {
      client.send(RST, 0, 0);
      return;
    }
    client.opens();
    client.send(ACK, 0, 1);
    int exchanges = 1 + random.nextInt(6);
    for (int i = 0; i < exchanges; i++) {
      client.send(ACK, 400, 0);
      client.wait(0.05 + random.nextDouble());
      client.send(ACK, 0, 3000);
    }
    end(client, kind, random);
  }

  private static void end(Client client, int kind, SplittableRandom random) {
    if (kind < 25) {
      client.closes();
    } else if (kind < 30) {
      client.closes();
      client.send(ACK, 400, 0);
      for (double pause = 0.4; pause < 60; pause *= 2) {
        client.wait(pause);
        client.sendAgain(400);
      }
    } else if (kind < 35) {
      client.wait(random.nextDouble() * 300);
      client.finish();
    } else if (kind < 40) {
      client.send(FIN | ACK, 1, 0);
      int downloads = 10 + random.nextInt(200);
      for (int i = 0; i < downloads; i++) {
        client.wait(0.1);
        client.send(ACK, 0, 30_000);
      }
      client.closes();
      client.send(ACK, 0, 1);
    } else {
      client.finish();
    }
  }

  /** Schedules what one client sends, each at its time. */
  private final class Client {

    private final int number;
    private final int server;
    private double time;
    private int sequence = 1000;
    private int acknowledged = 5000;

    Client(int number, int server, double start, SplittableRandom random) {
      this.number = number;
      this.server = server;
      this.time = start + random.nextDouble() / PER_SECOND;
    }

    void wait(double seconds) {
      time += seconds;
    }

    void send(int flags, int octets, int newlyAcknowledged) {
      sequence += octets;
      acknowledged += newlyAcknowledged;
      segment(flags, octets);
    }

    void sendAgain(int octets) {
      segment(ACK, octets);
    }

    void finish() {
      send(FIN | ACK, 1, 0);
      closes();
      wait(0.03);
      send(ACK, 0, 1);
    }

    void opens() {
      at(() -> open[server]++);
    }

    void closes() {
      at(() -> open[server]--);
    }

    private void segment(int flags, int octets) {
      int end = sequence;
      int acknowledgement = acknowledged;
      at(() -> {
        see(plain, number, server, flags, end, acknowledgement, octets);
        see(close, number, server, flags, end, acknowledgement, octets);
      });
    }

    private void at(Runnable what) {
      // In the order in which they were scheduled, where times are equal.
      time = Math.nextUp(time);
      events.add(new Event(time, what));
    }
  }

  private void see(
      FlowTracker table,
      int number,
      int server,
      int flags,
      int end,
      int acknowledgement,
      int octets) {
    key.ipv4(number, 1, 1024, 80, 6);
    int record = table.find(key);
    record = record < 0 ? table.insert(key, server, 0) : record;
    table.segment(record, flags, end, acknowledgement, octets);
  }
}
