package io.dsr.lab.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.dsr.core.MacAddress;
import io.dsr.core.VirtualService;
import io.dsr.core.scheduler.Schedulers;
import io.dsr.lab.EmbeddedBalancer;
import io.dsr.lab.Host;
import io.dsr.lab.HttpCall;
import io.dsr.lab.HttpServers;
import io.dsr.lab.Lab;
import io.dsr.lab.Requirements;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A balancer between two segments: clients on one, and the real servers' own addresses on another,
 * to which the servers have a second interface. Their answers go by the first, past the balancer.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class TwoInterfacesIT {

  private static final int PORT = 80;
  private static final String ELSEWHERE = "203.0.113.80";
  private static final String ELSEWHERE6 = "2001:db8:113::80";

  private final List<AutoCloseable> open = new ArrayList<>();
  private Lab lab;

  @BeforeAll
  void build() throws Exception {
    assumeThat(Requirements.whyNot()).isEmpty();
    lab = Lab.builder().servers(2).build();
    open.add(lab);
    command("ip link add name br1 type bridge forward_delay 0 && ip link set br1 up");
    connect(lab.balancer(), 10);
    for (int i = 0; i < lab.servers().size(); i++) {
      Host server = lab.servers().get(i);
      connect(server, 101 + i);
      run(server, "ip addr add " + ELSEWHERE + "/32 dev lo");
      run(server, "ip addr add " + ELSEWHERE6 + "/128 dev lo nodad");
    }
    // VIPs of a subnet that neither host nor segment knows of: the router asks for them on the
    // link.
    run(lab.router(), "ip route add " + ELSEWHERE + "/32 dev seg0");
    run(lab.router(), "ip -6 route add " + ELSEWHERE6 + "/128 dev seg0");
    for (String vip : List.of("195.30.70.200", "2001:db8:70::200", ELSEWHERE, ELSEWHERE6)) {
      open.add(HttpServers.start(lab.servers(), InetAddress.ofLiteral(vip), PORT));
    }
  }

  private void connect(Host host, int suffix) throws Exception {
    String port = "b-" + host.name();
    command(
        "ip link add name %s type veth peer name back0 netns %s && ip link set %s master br1 up"
            .formatted(port, host.namespace().path(), port));
    run(host, "ip link set back0 up");
    run(host, "ip addr add 10.20.0." + suffix + "/24 dev back0");
    run(host, "ip addr add fd20::" + suffix + "/64 dev back0 nodad");
  }

  private void command(String line) throws Exception {
    String _ = Command.run(lab.segment(), List.of("sh", "-c", line));
  }

  private static void run(Host host, String line) throws Exception {
    String _ = Command.run(host, line.split(" "));
  }

  @AfterAll
  void takeDown() throws Exception {
    for (AutoCloseable each : open.reversed()) {
      each.close();
    }
  }

  private static VirtualService service(String vip) {
    boolean ipv6 = vip.contains(":");
    return VirtualService.tcp(vip, PORT)
        .scheduler(Schedulers.roundRobin())
        .realServer(ipv6 ? "fd20::101" : "10.20.0.101")
        .realServer(ipv6 ? "fd20::102" : "10.20.0.102");
  }

  @ParameterizedTest
  @CsvSource({
    "1, 195.30.70.200",
    "2, 195.30.70.200",
    "1, 2001:db8:70::200",
    "2, 2001:db8:70::200",
    "1, " + ELSEWHERE,
    "2, " + ELSEWHERE6
  })
  void sendsWhatComesByOneInterfaceOutByTheOther(int loops, String literal) throws Exception {
    InetAddress vip = InetAddress.ofLiteral(literal);
    byte[] body = new byte[3_000_000];
    new Random(1).nextBytes(body);
    try (var balanced =
        EmbeddedBalancer.start(
            lab, b -> b.eventLoops(loops).serverInterface("back0"), service(literal))) {
      Set<String> servers = new HashSet<>();
      for (int i = 0; i < 4; i++) {
        servers.add(Client.server(lab.client(), vip, PORT));
      }
      HttpCall.Answer uploaded =
          lab.client().namespace().call(() -> HttpCall.upload(vip, PORT, body));
      HttpCall.Answer downloaded =
          lab.client().namespace().call(() -> HttpCall.download(vip, PORT, 3_000_000));

      assertThat(servers).containsExactlyInAnyOrder("server1", "server2");
      assertThat(uploaded.server()).startsWith("server");
      assertThat(downloaded.bytes()).isEqualTo(3_000_000);
      var interfaces = balanced.balancer().statistics().interfaces();
      assertThat(interfaces.get(0).name()).isEqualTo("seg0");
      assertThat(interfaces.get(1).name()).isEqualTo("back0");
      assertThat(interfaces.get(1).sent()).isGreaterThan(50);
      assertThat(interfaces.get(0).sent()).isLessThan(20); // ARP and neighbor discovery
      assertThat(balanced.balancer().statistics().sendDrops()).isZero();
    }
  }

  @Test
  void sendsFromTheAddressOfTheInterfaceThatLeadsToTheServer() throws Exception {
    MacAddress back = MacAddress.of(mac(lab.balancer(), "back0"));
    Host server = lab.servers().getFirst();
    try (var _ =
            EmbeddedBalancer.start(lab, b -> b.serverInterface("back0"), service("195.30.70.200"));
        var witness =
            Witness.of(
                new Host(server.namespace(), "back0", server.mac(), server.ipv4(), server.ipv6()),
                "tcp dst port 80 and ether src " + back);
        var stray = Witness.of(server, "tcp dst port 80")) {
      for (int i = 0; i < 4; i++) {
        assertThat(Client.server(lab.client(), Lab.VIP, PORT)).startsWith("server");
      }

      assertThat(witness.count(1)).isPositive();
      assertThat(stray.count()).isZero();
    }
  }

  @Test
  void answersForNoVipWhereOnlyServersAre() throws Exception {
    Host server = lab.servers().getFirst();
    try (var _ =
        EmbeddedBalancer.start(lab, b -> b.serverInterface("back0"), service("195.30.70.200"))) {
      assertThat(arping(lab.router(), "seg0", 10)).contains("Received 1 response");
      assertThat(arping(server, "back0", 1)).contains("Received 0 response");
    }
  }

  private static String arping(Host host, String name, int seconds) throws Exception {
    Process process =
        host.namespace()
            .processBuilder(List.of("arping", "-c1", "-w" + seconds, "-I", name, "195.30.70.200"))
            .redirectErrorStream(true)
            .start();
    try (var output = process.inputReader()) {
      return String.join("\n", output.lines().toList());
    }
  }

  private static String mac(Host host, String name) throws Exception {
    String shown = Command.run(host, "ip", "-o", "link", "show", "dev", name);
    int at = shown.indexOf("link/ether ") + "link/ether ".length();
    return shown.substring(at, at + 17);
  }
}
