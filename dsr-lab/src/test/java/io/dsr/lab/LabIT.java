package io.dsr.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.dsr.linux.namespace.NetworkNamespace;
import io.dsr.linux.packet.FrameTap;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class LabIT {

  private static final int PORT = 8080;
  private static final int DOWNLOAD = 1_000_003;
  private static final int NARROW_MTU = 1300;

  private Lab lab;

  @BeforeAll
  void build() throws Exception {
    var whyNot = NetworkNamespace.whyNot();
    if (!Boolean.getBoolean("dsr.test.required")) {
      assumeThat(whyNot).as("network namespaces").isEmpty();
    }
    lab =
        Lab.builder()
            .servers(2)
            .localClient(true)
            .clientPathMtu(NARROW_MTU)
            .multicastSnooping(LabBuilder.MulticastSnooping.WITH_QUERIER)
            .build();
  }

  @AfterAll
  void takeDown() {
    if (lab != null) {
      lab.close();
    }
  }

  @Test
  void servesHttpToTheClientBehindTheRouterOverANarrowPath() throws Exception {
    for (Host server : lab.servers()) {
      for (InetAddress address : List.of(server.ipv4(), server.ipv6())) {
        try (var _ = HttpServers.start(List.of(server), address, PORT)) {
          var answer =
              lab.client().namespace().call(() -> HttpCall.download(address, PORT, DOWNLOAD));

          assertThat(answer.server()).isEqualTo(server.name());
          assertThat(answer.bytes()).isEqualTo(DOWNLOAD);
        }
      }
    }
  }

  @Test
  void tellsServersByIcmpHowNarrowThePathToTheClientIs() throws Exception {
    Host server = lab.servers().getLast();
    try (var _ = HttpServers.start(List.of(server), server.ipv4(), PORT + 1)) {
      lab.client().namespace().call(() -> HttpCall.download(server.ipv4(), PORT + 1, DOWNLOAD));
    }

    String client = lab.client().ipv4().getHostAddress();
    assertThat(output(server.namespace(), "ip", "route", "get", client))
        .contains("mtu " + NARROW_MTU);
  }

  @Test
  void takesUploads() throws Exception {
    Host server = lab.servers().getFirst();
    byte[] body = new byte[300_000];
    Pattern.fill(body, Pattern.MAXIMUM, 7);
    try (var _ = HttpServers.start(List.of(server), server.ipv4(), PORT)) {
      var answer = lab.client().namespace().call(() -> HttpCall.upload(server.ipv4(), PORT, body));

      assertThat(answer.text())
          .isEqualTo(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(body)));
    }
  }

  @Test
  void refusesADownloadOfAnUnsoundLength() throws Exception {
    Host server = lab.servers().getFirst();
    try (var _ = HttpServers.start(List.of(server), server.ipv4(), PORT)) {
      var answer =
          lab.client()
              .namespace()
              .call(() -> HttpCall.get(server.ipv4(), PORT, "/download?bytes=x"));

      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.text()).contains("?bytes=N");
    }
  }

  @Test
  void echoesDatagrams() throws Exception {
    Host server = lab.servers().getLast();
    try (var _ = UdpEchoServers.start(List.of(server), server.ipv6(), PORT)) {
      String answer = lab.client().namespace().call(() -> datagram(server.ipv6(), "hello"));

      assertThat(answer).isEqualTo("server2 hello");
    }
  }

  @Test
  void hasNobodyAnswerForTheVip() throws Exception {
    Host local = lab.localClient().orElseThrow();
    for (InetAddress vip : List.of(Lab.VIP, Lab.VIP6)) {
      for (Host asking : List.of(local, lab.router())) {
        boolean reached = asking.namespace().call(() -> vip.isReachable(300));
        String neighbours = output(asking.namespace(), "ip", "neigh", "show", vip.getHostAddress());

        assertThat(reached).as("%s from %s", vip, asking.name()).isFalse();
        assertThat(neighbours).doesNotContain("lladdr");
      }
    }
  }

  @Test
  void answersFromTheVipAtAServerThatIsReachedByItsMac() throws Exception {
    Host server = lab.servers().getFirst();
    Host local = lab.localClient().orElseThrow();
    String entry = "neigh replace " + Lab.VIP.getHostAddress() + " lladdr " + server.mac();
    IpCommand.batch(local.namespace(), List.of(entry + " nud permanent dev seg0"));
    try (var _ = HttpServers.start(lab.servers(), Lab.VIP, PORT)) {
      var answer = local.namespace().call(() -> HttpCall.get(Lab.VIP, PORT, "/"));

      assertThat(answer.text()).isEqualTo("server1");
    } finally {
      IpCommand.batch(
          local.namespace(), List.of("neigh del " + Lab.VIP.getHostAddress() + " dev seg0"));
    }
  }

  @Test
  void hasTheMacAddressesOfTheTextbook() throws Exception {
    assertThat(lab.balancer().mac()).hasToString("00:00:00:00:00:aa");
    assertThat(lab.servers())
        .extracting(host -> host.mac().toString())
        .containsExactly("00:00:00:00:00:bb", "00:00:00:00:00:bc");
    assertThat(output(lab.balancer().namespace(), "ip", "link", "show", "dev", "seg0"))
        .contains("00:00:00:00:00:aa");
  }

  @Test
  void countsWhatPassesAnInterface() throws Exception {
    Host server = lab.servers().getFirst();
    Host.Counters before = server.counters();
    try (var _ = HttpServers.start(List.of(server), server.ipv4(), PORT)) {
      lab.client().namespace().call(() -> HttpCall.download(server.ipv4(), PORT, DOWNLOAD));
    }

    Host.Counters during = server.counters().since(before);
    assertThat(during.sentBytes()).isBetween((long) DOWNLOAD, DOWNLOAD * 12L / 10);
    assertThat(during.receivedBytes()).isBetween(100L, DOWNLOAD / 2L);
  }

  @Test
  void isTappedByName() throws Exception {
    Host balancer = lab.balancer();
    byte[] frame =
        balancer
            .namespace()
            .call(() -> {
              try (var tap = FrameTap.open(balancer.networkInterface())) {
                boolean _ = lab.router().ipv4().isReachable(1000);
                return tap.receive(Duration.ofSeconds(5)).orElseThrow().bytes();
              }
            });

    assertThat(frame).hasSizeGreaterThan(14);
    assertThatThrownBy(() -> balancer.namespace().call(() -> FrameTap.open("none")))
        .hasMessageContaining("if_nametoindex(none): ENODEV");
  }

  @Test
  void refusesNoServersAndTooMany() {
    assertThatIllegalArgumentException().isThrownBy(() -> Lab.builder().servers(0));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Lab.builder().servers(17))
        .withMessage("servers: 17 (expected: 1 to 16)");
  }

  private static String datagram(InetAddress address, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    try (var socket = new DatagramSocket()) {
      socket.setSoTimeout(5000);
      socket.send(new DatagramPacket(bytes, bytes.length, address, PORT));
      var answer = new DatagramPacket(new byte[100], 100);
      socket.receive(answer);
      return new String(answer.getData(), 0, answer.getLength(), StandardCharsets.US_ASCII);
    }
  }

  private static String output(NetworkNamespace namespace, String... command) throws IOException {
    Process process = namespace.processBuilder(List.of(command)).redirectErrorStream(true).start();
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }
}
