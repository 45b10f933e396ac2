package io.dsr.lab.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.dsr.core.BalancerEvent.ServerUnreachable;
import io.dsr.core.VirtualService;
import io.dsr.core.scheduler.Schedulers;
import io.dsr.lab.EmbeddedBalancer;
import io.dsr.lab.Host;
import io.dsr.lab.Lab;
import io.dsr.lab.Requirements;
import io.dsr.lab.RunningBalancer;
import io.dsr.lab.UdpEchoServers;
import io.dsr.netty.NeighbourTimings;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The flows of a server that answers no more, and of one that drains, go on elsewhere. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class FailedServersIT {

  private static final int ECHO = 7;
  private static final int PORT = 80;
  private static final int SYN = 2;
  private static final int ACK = 16;
  private static final NeighbourTimings SHORT =
      new NeighbourTimings(Duration.ofMillis(200), Duration.ofMillis(400), 4);
  private static final Duration SHORT_ENOUGH = Duration.ofSeconds(10);

  private final List<AutoCloseable> open = new ArrayList<>();
  private Lab lab;

  @BeforeAll
  void build() throws Exception {
    assumeThat(Requirements.whyNot()).isEmpty();
    lab = Lab.builder().servers(2).localClient(true).build();
    open.add(lab);
    for (InetAddress vip : List.of(Lab.VIP, Lab.VIP6)) {
      open.add(UdpEchoServers.start(lab.servers(), vip, ECHO));
    }
  }

  @AfterAll
  void takeDown() throws Exception {
    for (AutoCloseable each : open.reversed()) {
      each.close();
    }
  }

  private EmbeddedBalancer start(VirtualService service) throws Exception {
    return EmbeddedBalancer.start(lab, b -> b.neighbourTimings(SHORT), service);
  }

  @ParameterizedTest
  @ValueSource(strings = {"195.30.70.200", "2001:db8:70::200"})
  void datagramsGoToAnotherServerOnceTheirsIsUnreachable(String literal) throws Exception {
    InetAddress vip = InetAddress.ofLiteral(literal);
    VirtualService echo = RunningBalancer.udp(vip, ECHO, Schedulers.roundRobin(), lab.servers());
    try (var balanced = start(echo);
        DatagramSocket socket = lab.client().namespace().call(() -> new DatagramSocket())) {
      socket.setSoTimeout(1_000);
      String first = ask(socket, vip);
      Host dead = host(first);
      try (var _ = new Down(dead)) {
        assertThat(balanced.awaitEvent(SHORT_ENOUGH, ServerUnreachable.class::isInstance))
            .isNotNull();

        // The event comes before the change that it leads to.
        RunningBalancer.awaitTrue("another", () -> isOther(ask(socket, vip), first));
        for (int i = 0; i < 5; i++) {
          assertThat(ask(socket, vip)).startsWith("server").isNotEqualTo(first);
        }
      }
      balanced.awaitServers();
    }
  }

  @Test
  void aConnectionBeginsAnewFromTheSamePortOnceItsServerIsUnreachable() throws Exception {
    Host local = lab.localClient().orElseThrow();
    var crafted = new Crafted(local.mac(), lab.balancer().mac(), local.ipv4(), Lab.VIP);
    VirtualService web = RunningBalancer.tcp(Lab.VIP, PORT, Schedulers.roundRobin(), lab.servers());
    try (var balanced = start(web);
        Wire wire = Wire.of(local)) {
      for (int port : new int[] {700, 701}) { // one for each server
        wire.send(crafted.tcp(port, PORT, SYN, 1_000, 0));
        wire.send(crafted.tcp(port, PORT, ACK, 1_001, 5_000));
      }
      RunningBalancer.awaitTrue("ACKs", () -> balanced.verdict("FORWARD_FLOW") == 2);
      try (var _ = new Down(lab.servers().getFirst())) {
        assertThat(balanced.awaitEvent(SHORT_ENOUGH, ServerUnreachable.class::isInstance))
            .isNotNull();

        wire.send(crafted.tcp(700, PORT, SYN, 900_000, 0));
        wire.send(crafted.tcp(701, PORT, SYN, 900_000, 0));

        RunningBalancer.awaitTrue("one anew", () -> balanced.verdict("FORWARD_NEW") == 3);
        RunningBalancer.awaitTrue("one as before", () -> balanced.verdict("FORWARD_FLOW") == 3);
      }
      balanced.awaitServers();
    }
  }

  @Test
  void aFlowThatNeverPausesLeavesADrainingServerAtTheDeadline() throws Exception {
    VirtualService echo =
        RunningBalancer.udp(Lab.VIP, ECHO, Schedulers.roundRobin(), lab.servers());
    try (var balanced = start(echo);
        DatagramSocket socket = lab.client().namespace().call(() -> new DatagramSocket())) {
      socket.setSoTimeout(1_000);
      String first = ask(socket, Lab.VIP);
      var drain =
          balanced
              .balancer()
              .drain(echo.key(), host(first).ipv4(), Duration.ofSeconds(1))
              .toCompletableFuture();
      int before = 0;
      while (!drain.isDone()) {
        before += ask(socket, Lab.VIP).equals(first) ? 1 : 0;
      }
      assertThat(before).isPositive();
      assertThat(drain.get().took()).isGreaterThanOrEqualTo(Duration.ofSeconds(1));

      RunningBalancer.awaitTrue("another server", () -> isOther(ask(socket, Lab.VIP), first));
      RunningBalancer.awaitTrue(
          "no flow left",
          () -> {
            var left = balanced.server(echo.key(), host(first).ipv4()).traffic();
            return left.activeConnections() + left.inactiveConnections() == 0;
          });
    }
  }

  private static boolean isOther(String server, String first) {
    return server.startsWith("server") && !server.equals(first);
  }

  private Host host(String name) {
    return lab.servers().stream().filter(s -> s.name().equals(name)).findFirst().orElseThrow();
  }

  /** Returns the name of the server that answers. */
  private static String ask(DatagramSocket socket, InetAddress vip) throws IOException {
    byte[] question = "?".getBytes(StandardCharsets.US_ASCII);
    socket.send(new DatagramPacket(question, question.length, vip, ECHO));
    var answer = new DatagramPacket(new byte[1_500], 1_500);
    try {
      socket.receive(answer);
    } catch (SocketTimeoutException e) {
      return "nobody";
    }
    String text = new String(answer.getData(), 0, answer.getLength(), StandardCharsets.US_ASCII);
    return text.substring(0, text.indexOf(' '));
  }

  /** Cuts a server off at the switch, until it is closed. */
  private final class Down implements AutoCloseable {

    private final Host host;

    Down(Host host) throws Exception {
      this.host = host;
      String _ =
          Command.run(lab.segment(), List.of("ip", "link", "set", "dev", host.name(), "down"));
    }

    @Override
    public void close() throws IOException {
      try {
        String _ =
            Command.run(lab.segment(), List.of("ip", "link", "set", "dev", host.name(), "up"));
      } catch (Exception e) {
        throw new IOException(host.name() + " stays cut off", e);
      }
    }
  }
}
