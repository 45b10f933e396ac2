package io.dsr.lab.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.dsr.core.VirtualService;
import io.dsr.core.scheduler.Schedulers;
import io.dsr.lab.EmbeddedBalancer;
import io.dsr.lab.Host;
import io.dsr.lab.HttpCall;
import io.dsr.lab.HttpServers;
import io.dsr.lab.Lab;
import io.dsr.lab.Requirements;
import io.dsr.lab.RunningBalancer;
import io.dsr.lab.UdpEchoServers;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bytes go through the balancer one way, and come back past it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class TransferIT {

  private static final int HTTP = 80;
  private static final int ECHO = 7;
  private static final int BODY = 50_000_000;
  private static final String VIP = "195.30.70.200";
  private static final String VIP6 = "2001:db8:70::200";

  private final List<AutoCloseable> open = new ArrayList<>();
  private Lab lab;
  private EmbeddedBalancer balanced;
  private Path files;
  private Path upload;
  private String uploadDigest;

  @BeforeAll
  void build(@TempDir Path directory) throws Exception {
    files = directory;
    assumeThat(Requirements.whyNot()).isEmpty();
    lab = Lab.builder().servers(2).localClient(true).build();
    open.add(lab);
    var services = new ArrayList<VirtualService>();
    for (InetAddress vip : List.of(Lab.VIP, Lab.VIP6)) {
      open.add(HttpServers.start(lab.servers(), vip, HTTP));
      open.add(UdpEchoServers.start(lab.servers(), vip, ECHO));
      services.add(RunningBalancer.tcp(vip, HTTP, Schedulers.roundRobin(), lab.servers()));
      services.add(RunningBalancer.udp(vip, ECHO, Schedulers.roundRobin(), lab.servers()));
    }
    balanced = EmbeddedBalancer.start(lab, services.toArray(VirtualService[]::new));
    open.add(balanced);
    byte[] body = new byte[BODY];
    new Random(1).nextBytes(body);
    upload = Files.write(files.resolve("upload"), body);
    uploadDigest = sha256(body);
  }

  @AfterAll
  void takeDown() throws Exception {
    for (AutoCloseable each : open.reversed()) {
      each.close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {VIP, VIP6})
  void sendsFiftyMegabytesFromCurlThroughTheBalancerWhole(String vip) throws Exception {
    Host.Counters before = lab.balancer().counters();

    String answer = curl("-T", upload.toString(), url(vip, "/upload"));

    assertThat(answer).isEqualTo(uploadDigest);
    Host.Counters during = lab.balancer().counters().since(before);
    assertThat(during.receivedBytes()).isBetween((long) BODY, BODY * 12L / 10);
    assertThat(during.sentBytes()).isBetween((long) BODY, BODY * 12L / 10);
  }

  @ParameterizedTest
  @ValueSource(strings = {VIP, VIP6})
  void returnsFiftyMegabytesPastTheBalancer(String vip) throws Exception {
    Path file = files.resolve("download");
    Host.Counters before = lab.balancer().counters();
    try (var witness = Witness.of(lab.balancer(), "(tcp or udp) and src host " + vip)) {

      curl("-o", file.toString(), url(vip, "/download?bytes=" + BODY));

      assertThat(witness.count()).as("response frames at the balancer").isZero();
    }
    assertThat(sha256(Files.readAllBytes(file))).isEqualTo(sha256(pattern()));
    assertThat(lab.balancer().counters().since(before).receivedBytes()).isLessThan(BODY / 10);
  }

  @ParameterizedTest
  @ValueSource(strings = {VIP, VIP6})
  void answersASmallGetFromEitherServer(String vip) throws Exception {
    assertThat(List.of(curl(url(vip, "/")), curl(url(vip, "/"))))
        .containsExactlyInAnyOrder("server1", "server2");
  }

  @ParameterizedTest
  @ValueSource(strings = {VIP, VIP6})
  void balancesAClientOnTheSegmentItself(String vip) throws Exception {
    Host local = lab.localClient().orElseThrow();
    InetAddress address = InetAddress.ofLiteral(vip);
    Set<String> servers = new HashSet<>();
    for (int i = 0; i < 4; i++) {
      var answer = local.namespace().call(() -> HttpCall.download(address, HTTP, 3_000_000));
      assertThat(answer.bytes()).isEqualTo(3_000_000);
      servers.add(answer.server());
    }

    assertThat(servers).containsExactlyInAnyOrder("server1", "server2");
    assertThat(Command.run(local, "ip", "neigh", "show", vip))
        .contains("lladdr " + lab.balancer().mac());
  }

  @ParameterizedTest
  @ValueSource(strings = {VIP, VIP6})
  void echoesDatagramsThroughTheVipPastTheBalancer(String vip) throws Exception {
    InetAddress address = InetAddress.ofLiteral(vip);
    for (Host client : List.of(lab.client(), lab.localClient().orElseThrow())) {
      Set<String> servers = new HashSet<>();
      try (var witness = Witness.of(lab.balancer(), "udp and src host " + vip)) {
        for (int i = 0; i < 10; i++) {
          servers.add(client.namespace().call(() -> echo(address)));
        }
        assertThat(witness.count()).as("answers at the balancer").isZero();
      }
      assertThat(servers).containsExactlyInAnyOrder("server1 hello", "server2 hello");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {VIP, VIP6})
  void seesEachDatagramOnceComingAndOnceGoing(String vip) throws Exception {
    InetAddress address = InetAddress.ofLiteral(vip);
    try (var witness = Witness.of(lab.balancer(), "udp and dst host " + vip)) {
      for (int i = 0; i < 10; i++) {
        String _ = lab.client().namespace().call(() -> echo(address));
      }

      // Which shows too that the witness hears what there is to hear.
      assertThat(witness.count(20)).isEqualTo(20);
    }
  }

  @Test
  void answersEchoRequestsForTheVipItself() throws Exception {
    for (String vip : List.of(VIP, VIP6)) {
      for (int i = 0; i < 2; i++) {
        assertThat(Command.run(lab.client(), "ping", "-n", "-c", "1", "-W", "10", vip))
            .contains("1 received");
      }
    }
  }

  private String curl(String... arguments) throws Exception {
    var command = new ArrayList<String>(List.of("curl", "-sS", "-f", "-g", "--max-time", "60"));
    command.addAll(List.of(arguments));
    return Command.run(lab.client().namespace(), command);
  }

  private static String url(String vip, String path) {
    boolean ipv6 = InetAddress.ofLiteral(vip) instanceof Inet6Address;
    return "http://" + (ipv6 ? "[" + vip + "]" : vip) + ":" + HTTP + path;
  }

  private static byte[] pattern() {
    byte[] expected = new byte[BODY];
    for (int i = 0; i < BODY; i++) {
      expected[i] = (byte) (i % 251);
    }
    return expected;
  }

  private static String sha256(byte[] bytes) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  /** Each call has a port, and so a flow, of its own. */
  private static String echo(InetAddress address) throws Exception {
    byte[] bytes = "hello".getBytes(StandardCharsets.US_ASCII);
    try (var socket = new DatagramSocket()) {
      socket.setSoTimeout(5000);
      socket.send(new DatagramPacket(bytes, bytes.length, address, ECHO));
      var answer = new DatagramPacket(new byte[100], 100);
      socket.receive(answer);
      return new String(answer.getData(), 0, answer.getLength(), StandardCharsets.US_ASCII);
    }
  }
}
