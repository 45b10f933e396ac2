package io.dsr.lab.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.dsr.core.VirtualService;
import io.dsr.core.scheduler.Schedulers;
import io.dsr.lab.EmbeddedBalancer;
import io.dsr.lab.Host;
import io.dsr.lab.HttpServers;
import io.dsr.lab.Lab;
import io.dsr.lab.Requirements;
import io.dsr.lab.RunningBalancer;
import io.dsr.lab.UdpEchoServers;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A real server of one service asks another VIP, and carries clients to one. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ServersAsClientsIT {

  private static final int PORT = 80;
  private static final int ECHO = 53;
  private static final InetAddress OTHER = InetAddress.ofLiteral("195.30.70.201");
  private static final InetAddress OTHER6 = InetAddress.ofLiteral("2001:db8:70::201");

  private final List<AutoCloseable> open = new ArrayList<>();
  private Lab lab;
  private Host first;
  private Host second;

  @BeforeAll
  void build() throws Exception {
    assumeThat(Requirements.whyNot()).isEmpty();
    lab = Lab.builder().servers(2).localClient(true).build();
    open.add(lab);
    first = lab.servers().getFirst();
    second = lab.servers().getLast();
    for (InetAddress vip : List.of(OTHER, OTHER6)) {
      String length = vip.equals(OTHER) ? "/32" : "/128";
      String address = vip.getHostAddress() + length;
      String _ = Command.run(second, "ip", "addr", "add", address, "dev", "lo", "nodad");
      open.add(HttpServers.start(List.of(second), vip, PORT));
      open.add(UdpEchoServers.start(List.of(second), vip, ECHO));
    }
    open.add(HttpServers.start(List.of(first), Lab.VIP, PORT));
  }

  @AfterAll
  void takeDown() throws Exception {
    for (AutoCloseable each : open.reversed()) {
      each.close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"195.30.70.201", "2001:db8:70::201"})
  void aServerOfOneServiceIsAClientOfAnother(String literal) throws Exception {
    InetAddress vip = InetAddress.ofLiteral(literal);
    InetAddress firstVip = vip.equals(OTHER) ? Lab.VIP : Lab.VIP6;
    VirtualService dns = RunningBalancer.udp(vip, ECHO, Schedulers.roundRobin(), List.of(second));
    try (var balanced = EmbeddedBalancer.start(lab, web(firstVip, first), web(vip, second), dns)) {
      for (int i = 0; i < 3; i++) {
        assertThat(Client.server(first, vip, PORT)).isEqualTo(second.name());
        assertThat(ask(first, vip)).startsWith(second.name());
      }
      assertThat(balanced.verdict("DROP_LOOP")).isZero();
    }
  }

  @Test
  void aServerIsTheRouterOfClients() throws Exception {
    Host local = lab.localClient().orElseThrow();
    for (String setting :
        List.of("ip_forward=1", "conf.all.send_redirects=0", "conf.default.send_redirects=0")) {
      String _ = Command.run(first, "sysctl", "-qw", "net.ipv4." + setting);
    }
    String device = first.networkInterface();
    String _ = Command.run(first, "sysctl", "-qw", "net.ipv4.conf." + device + ".send_redirects=0");
    String gateway = first.ipv4().getHostAddress();
    String _ =
        Command.run(local, "ip", "route", "add", OTHER.getHostAddress() + "/32", "via", gateway);
    try (var balanced = EmbeddedBalancer.start(lab, web(Lab.VIP, first), web(OTHER, second))) {
      for (int i = 0; i < 3; i++) {
        try (var download = Client.Live.download(local, OTHER, PORT, 1_000_000)) {
          assertThat(download.drain()).isEqualTo(1_000_000);
        }
      }
      assertThat(balanced.verdict("DROP_LOOP")).isZero();
    }
  }

  @Test
  void aRemovedServerIsAClientLikeAnyOther() throws Exception {
    VirtualService other = web(OTHER, second);
    try (var balanced = EmbeddedBalancer.start(lab, web(Lab.VIP, first), other)) {
      EmbeddedBalancer.await(balanced.balancer().apply(List.of(other)));

      assertThat(Client.server(first, OTHER, PORT)).isEqualTo(second.name());
      assertThat(balanced.verdict("DROP_LOOP")).isZero();
    }
  }

  private static VirtualService web(InetAddress vip, Host server) {
    return RunningBalancer.tcp(vip, PORT, Schedulers.roundRobin(), List.of(server));
  }

  private static String ask(Host host, InetAddress vip) throws Exception {
    try (DatagramSocket socket = host.namespace().call(() -> new DatagramSocket())) {
      socket.setSoTimeout(5_000);
      byte[] question = "?".getBytes(StandardCharsets.US_ASCII);
      socket.send(new DatagramPacket(question, question.length, vip, ECHO));
      var answer = new DatagramPacket(new byte[1_500], 1_500);
      socket.receive(answer);
      return new String(answer.getData(), 0, answer.getLength(), StandardCharsets.US_ASCII);
    }
  }
}
