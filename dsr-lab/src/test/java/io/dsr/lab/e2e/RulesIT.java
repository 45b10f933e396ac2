package io.dsr.lab.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.dsr.core.AccessList;
import io.dsr.core.BalancerEvent;
import io.dsr.core.FlowRemoval;
import io.dsr.core.IpPrefix;
import io.dsr.core.PortRange;
import io.dsr.core.Protocol;
import io.dsr.core.RealServer;
import io.dsr.core.ServiceKey;
import io.dsr.core.ServiceRules;
import io.dsr.core.VirtualService;
import io.dsr.core.scheduler.Schedulers;
import io.dsr.lab.EmbeddedBalancer;
import io.dsr.lab.Host;
import io.dsr.lab.HttpServers;
import io.dsr.lab.Lab;
import io.dsr.lab.Requirements;
import io.dsr.lab.RunningBalancer;
import io.dsr.lab.UdpEchoServers;
import io.dsr.netty.NeighbourTimings;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
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
import org.junit.jupiter.params.provider.EnumSource;

/** What a service is told besides its scheduler, as clients come to feel it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class RulesIT {

  private static final int HTTP = 80;
  private static final int IN_RANGE = 8_003;
  private static final int ECHO = 7;
  private static final InetAddress OTHER = InetAddress.ofLiteral("216.139.43.77");

  private final List<AutoCloseable> open = new ArrayList<>();
  private Lab lab;
  private Host server1;
  private Host server2;
  private Host server3;

  @BeforeAll
  void build() throws Exception {
    assumeThat(Requirements.whyNot()).isEmpty();
    lab = Lab.builder().servers(3).build();
    open.add(lab);
    server1 = lab.servers().get(0);
    server2 = lab.servers().get(1);
    server3 = lab.servers().get(2);
    open.add(HttpServers.start(lab.servers(), Lab.VIP, HTTP));
    open.add(HttpServers.start(lab.servers(), Lab.VIP, IN_RANGE));
    open.add(UdpEchoServers.start(lab.servers(), Lab.VIP, ECHO));
    String _ =
        Command.run(
            lab.client(), "ip", "addr", "add", OTHER.getHostAddress() + "/24", "dev", "seg0");
  }

  @AfterAll
  void takeDown() throws Exception {
    for (AutoCloseable each : open.reversed()) {
      each.close();
    }
  }

  @Test
  void servesARangeOfPortsAndAnyOtherPortByTheClosestService() throws Exception {
    VirtualService range = service(Protocol.TCP, new PortRange(8_000, 8_100), server1);
    VirtualService any = service(Protocol.ANY, PortRange.ANY, server2);
    try (var balanced = EmbeddedBalancer.start(lab, range, any)) {
      assertThat(Client.server(lab.client(), Lab.VIP, IN_RANGE)).isEqualTo("server1");
      assertThat(Client.server(lab.client(), Lab.VIP, HTTP)).isEqualTo("server2");
      try (var echo = new Echo()) {
        assertThat(echo.answer()).isEqualTo("server2");
      }
      assertThat(balanced.connections(range.key()).values()).containsExactly(1L);
      assertThat(balanced.connections(any.key()).values()).containsExactly(2L);
    }
  }

  @Test
  void refusesAClientOfItsDenyListAlone() throws Exception {
    var denied = new AccessList(List.of(), List.of(IpPrefix.of(lab.client().ipv4())));
    VirtualService service =
        service(Protocol.TCP, PortRange.of(HTTP), server1)
            .rules(ServiceRules.DEFAULT.access(denied));
    try (var balanced = EmbeddedBalancer.start(lab, service)) {
      assertThatThrownBy(() -> connect(300)).hasRootCauseInstanceOf(SocketTimeoutException.class);

      RunningBalancer.awaitTrue("DROP_DENIED", () -> balanced.verdict("DROP_DENIED") >= 1);
      assertThat(Client.server(lab.client(), Lab.VIP, HTTP, OTHER)).isEqualTo("server1");
      assertThat(balanced.connections(service.key()).values()).containsExactly(1L);
    }
  }

  @Test
  void givesAServerNoMoreConnectionsThanItsUpperThreshold() throws Exception {
    VirtualService service =
        service(Protocol.TCP, PortRange.of(HTTP), server2)
            .realServer(RealServer.of(server1.ipv4().getHostAddress()).thresholds(5, 0));
    try (var balanced = EmbeddedBalancer.start(lab, service);
        var held = new Held()) {
      held.open(16);

      assertThat(balanced.connections(service.key()))
          .containsEntry(server1.ipv4(), 5L)
          .containsEntry(server2.ipv4(), 11L);
      awaitWeight(balanced, service, server1, 0);
    }
  }

  @Test
  void asksTheSorryServerWhenAllOthersAreFull() throws Exception {
    VirtualService service =
        service(Protocol.TCP, PortRange.of(HTTP))
            .realServer(RealServer.of(server1.ipv4().getHostAddress()).thresholds(3, 0))
            .realServer(RealServer.of(server2.ipv4().getHostAddress()).thresholds(3, 0))
            .sorryServer(server3.ipv4().getHostAddress());
    try (var balanced = EmbeddedBalancer.startResolved(lab, builder -> builder, service);
        var held = new Held()) {
      awaitWeight(balanced, service, server1, 1);
      awaitWeight(balanced, service, server2, 1);
      awaitWeight(balanced, service, server3, 0);
      held.open(6);
      assertThat(balanced.connections(service.key()).values()).containsExactly(3L, 3L, 0L);
      awaitWeight(balanced, service, server3, 1);

      held.open(4);

      assertThat(balanced.connections(service.key()).values()).containsExactly(3L, 3L, 4L);
    }
  }

  @Test
  void turnsToTheNextTierWhileTheFirstIsDown() throws Exception {
    var timings = new NeighbourTimings(Duration.ofMillis(200), Duration.ofMillis(400), 2);
    VirtualService service =
        service(Protocol.TCP, PortRange.of(HTTP), server1)
            .realServer(RealServer.of(server2.ipv4().getHostAddress()).tier(1));
    try (var balanced =
        EmbeddedBalancer.startResolved(
            lab, builder -> builder.neighbourTimings(timings), service)) {
      awaitWeight(balanced, service, server1, 1);
      assertThat(Client.server(lab.client(), Lab.VIP, HTTP)).isEqualTo("server1");
      cable(server1, "down");
      try {
        BalancerEvent _ =
            balanced.awaitEvent(
                Duration.ofSeconds(5), new BalancerEvent.ServerUnreachable(server1.ipv4())::equals);
        assertThat(Client.server(lab.client(), Lab.VIP, HTTP)).isEqualTo("server2");
      } finally {
        cable(server1, "up");
      }
      awaitWeight(balanced, service, server1, 1);
      assertThat(Client.server(lab.client(), Lab.VIP, HTTP)).isEqualTo("server1");
    }
  }

  @ParameterizedTest
  @EnumSource(FlowRemoval.class)
  void treatsALiveFlowOfARemovedServerAsItIsTold(FlowRemoval removal) throws Exception {
    VirtualService service =
        service(Protocol.UDP, PortRange.of(ECHO), server1, server2)
            .rules(ServiceRules.DEFAULT.removal(removal));
    try (var balanced = EmbeddedBalancer.start(lab, service);
        var echo = new Echo()) {
      String first = echo.answer();
      assertThat(echo.answer()).isEqualTo(first);
      Host removed = first.equals("server1") ? server1 : server2;
      String other = first.equals("server1") ? "server2" : "server1";

      EmbeddedBalancer.await(balanced.balancer().removeRealServer(service.key(), removed.ipv4()));

      if (removal == FlowRemoval.EXPIRE) {
        echo.socket.setSoTimeout(500);
        assertThatThrownBy(echo::answer).isInstanceOf(SocketTimeoutException.class);
        echo.socket.setSoTimeout(10_000);
      }
      assertThat(echo.answer()).isEqualTo(removal == FlowRemoval.KEEP ? first : other);
      assertThat(balanced.verdict("DROP_EXPIRED")).isEqualTo(removal == FlowRemoval.EXPIRE ? 1 : 0);
    }
  }

  private static VirtualService service(Protocol protocol, PortRange ports, Host... servers) {
    VirtualService service =
        VirtualService.of(new ServiceKey(protocol, IpPrefix.of(Lab.VIP), ports))
            .scheduler(Schedulers.roundRobin());
    for (Host server : servers) {
      service = service.realServer(server.ipv4().getHostAddress());
    }
    return service;
  }

  private static void awaitWeight(
      EmbeddedBalancer balanced, VirtualService service, Host server, int weight) throws Exception {
    RunningBalancer.awaitTrue(
        server.name() + " of weight " + weight,
        () -> balanced.server(service.key(), server.ipv4()).effectiveWeight() == weight);
  }

  private void cable(Host host, String state) throws Exception {
    String _ = Command.run(lab.segment(), List.of("ip", "link", "set", "dev", host.name(), state));
  }

  private Socket connect(int milliseconds) throws Exception {
    return lab.client()
        .namespace()
        .call(() -> {
          var socket = new Socket();
          try {
            socket.connect(new InetSocketAddress(Lab.VIP, HTTP), milliseconds);
            return socket;
          } catch (Exception e) {
            socket.close();
            throw e;
          }
        });
  }

  /** Connections that stay open. */
  private final class Held implements AutoCloseable {

    private final List<Socket> sockets = new ArrayList<>();

    void open(int number) throws Exception {
      for (int i = 0; i < number; i++) {
        sockets.add(connect(5_000));
      }
    }

    @Override
    public void close() throws IOException {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }

  /** A client's UDP flow. */
  private final class Echo implements AutoCloseable {

    private final DatagramSocket socket;

    Echo() throws Exception {
      socket = lab.client().namespace().call(() -> new DatagramSocket());
      socket.setSoTimeout(10_000);
    }

    /** Sends a datagram, and returns who answers it. */
    String answer() throws Exception {
      socket.send(new DatagramPacket(new byte[10], 10, Lab.VIP, ECHO));
      var answer = new DatagramPacket(new byte[100], 100);
      socket.receive(answer);
      String text =
          new String(answer.getData(), 0, answer.getLength(), StandardCharsets.ISO_8859_1);
      return text.substring(0, text.indexOf(' '));
    }

    @Override
    public void close() {
      socket.close();
    }
  }
}
