package io.dsr.lab.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.dsr.core.ChangePreview.ServiceChange;
import io.dsr.core.Explanation;
import io.dsr.core.FlowRemoval;
import io.dsr.core.Scheduler;
import io.dsr.core.ServiceRules;
import io.dsr.core.Verdict;
import io.dsr.core.VirtualService;
import io.dsr.core.scheduler.Schedulers;
import io.dsr.lab.EmbeddedBalancer;
import io.dsr.lab.Host;
import io.dsr.lab.HttpServers;
import io.dsr.lab.Lab;
import io.dsr.lab.Requirements;
import io.dsr.lab.RunningBalancer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What a running balancer foretells, held against what then happens. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ExplainIT {

  private static final int PORT = 80;
  private static final int FIRST_CLIENT = 100;
  private static final int CLIENTS = 12;
  private static final int CONNECTIONS = 1 << 12;

  private final List<AutoCloseable> open = new ArrayList<>();
  private Lab lab;

  @BeforeAll
  void build() throws Exception {
    assumeThat(Requirements.whyNot()).isEmpty();
    lab = Lab.builder().servers(3).build();
    open.add(lab);
    open.add(HttpServers.start(lab.servers(), Lab.VIP, PORT));
    for (int i = 0; i < CLIENTS; i++) {
      String address = client(i).getHostAddress() + "/24";
      String _ = Command.run(lab.client(), "ip", "addr", "add", address, "dev", "seg0");
    }
  }

  @AfterAll
  void takeDown() throws Exception {
    for (AutoCloseable each : open.reversed()) {
      each.close();
    }
  }

  static Stream<Scheduler> schedulers() {
    return Stream.of(
        Schedulers.roundRobin(),
        Schedulers.weightedLeastConnections(),
        Schedulers.sourceHash(),
        Schedulers.maglev());
  }

  @ParameterizedTest
  @MethodSource("schedulers")
  void foretellsTheServerOfAConnection(Scheduler scheduler) throws Exception {
    VirtualService service = RunningBalancer.tcp(Lab.VIP, PORT, scheduler, lab.servers());
    try (var balanced = start(service)) {
      for (int i = 0; i < 6; i++) {
        InetAddress client = client(i);
        try (var socket = bound(client)) {
          var syn = new Crafted(lab.router().mac(), lab.balancer().mac(), client, Lab.VIP);

          Explanation explained =
              EmbeddedBalancer.await(
                  balanced.balancer().explain(syn.syn(socket.getLocalPort(), PORT)));

          assertThat(explained.verdict()).isEqualTo(Verdict.FORWARD_NEW);
          InetAddress server = explained.server().orElseThrow();
          assertThat(explained.service()).contains(service.key());
          assertThat(explained.mac()).contains(host(server).mac());
          assertThat(answerer(socket)).isEqualTo(host(server).name());
        }
      }
      assertThat(balanced.verdict("FORWARD_NEW")).as("explaining counts nothing").isEqualTo(6);
    }
  }

  @ParameterizedTest
  @EnumSource(FlowRemoval.class)
  void foretellsWhatARemovalMoves(FlowRemoval removal) throws Exception {
    VirtualService service =
        RunningBalancer.tcp(Lab.VIP, PORT, Schedulers.maglev(), lab.servers())
            .rules(ServiceRules.DEFAULT.removal(removal));
    try (var balanced = start(service);
        var _ = new Connections()) {
      InetAddress leaving = service.realServers().getFirst().address();
      long leavingFlows = balanced.connections(service.key()).getOrDefault(leaving, 0L);
      VirtualService smaller = service.realServers(service.realServers().subList(1, 3));

      List<ServiceChange> changes =
          EmbeddedBalancer.await(balanced.balancer().preview(List.of(smaller))).services();

      assertThat(changes).hasSize(1);
      ServiceChange change = changes.getFirst();
      assertThat(change.service()).isEqualTo(service.key());
      assertThat(change.liveFlows()).isEqualTo(CLIENTS);
      assertThat(change.flowsMoved()).isEqualTo(removal == FlowRemoval.KEEP ? 0 : leavingFlows);
      assertThat(change.flowsUnprotected()).isBetween(leavingFlows, leavingFlows + 2);
      assertThat(change.unavoidableShare()).isCloseTo(1.0 / 3, within(0.01));
      assertThat(change.hashShareMoved().orElseThrow()).isBetween(0.30, 0.42);
      assertThat(balanced.balancer().services()).as("nothing is changed").containsExactly(service);
    }
  }

  @Test
  void refusesToPreviewWhatCouldNotBeApplied() throws Exception {
    VirtualService service = RunningBalancer.tcp(Lab.VIP, PORT, Schedulers.maglev(), lab.servers());
    try (var balanced = start(service)) {
      assertThatThrownBy(
              () -> EmbeddedBalancer.await(balanced.balancer().preview(List.of(service, service))))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(service.key() + " is given twice");
    }
  }

  private EmbeddedBalancer start(VirtualService service) throws Exception {
    return EmbeddedBalancer.start(lab, builder -> builder.maximumConnections(CONNECTIONS), service);
  }

  private Socket bound(InetAddress client) throws IOException {
    return lab.client()
        .namespace()
        .call(() -> {
          var socket = new Socket();
          socket.bind(new InetSocketAddress(client, 0));
          socket.setSoTimeout(5_000);
          return socket;
        });
  }

  private static String answerer(Socket socket) throws IOException {
    socket.connect(new InetSocketAddress(Lab.VIP, PORT), 5_000);
    String request = "GET / HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n\r\n";
    socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
    byte[] answer = socket.getInputStream().readAllBytes();
    String text = new String(answer, StandardCharsets.US_ASCII).strip();
    return text.substring(text.lastIndexOf('\n') + 1).toLowerCase(Locale.ROOT);
  }

  private Host host(InetAddress own) {
    return lab.servers().stream().filter(host -> host.ipv4().equals(own)).findFirst().get();
  }

  private static InetAddress client(int i) {
    return InetAddress.ofLiteral("216.139.43." + (FIRST_CLIENT + i));
  }

  /** A connection of each client, which ends before the balancer that carries it. */
  private final class Connections implements AutoCloseable {

    private final List<Socket> sockets = new ArrayList<>();

    Connections() throws IOException {
      for (int i = 0; i < CLIENTS; i++) {
        Socket socket = bound(client(i));
        sockets.add(socket);
        socket.connect(new InetSocketAddress(Lab.VIP, PORT), 5_000);
      }
    }

    @Override
    public void close() throws IOException {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }
}
