package io.dsr.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.dsr.core.IpPrefix;
import io.dsr.core.PortRange;
import io.dsr.core.Protocol;
import io.dsr.core.RealServer;
import io.dsr.core.ServiceKey;
import io.dsr.core.VirtualService;
import io.dsr.linux.link.Gateways;
import io.dsr.linux.link.NetworkLink;
import io.dsr.linux.namespace.NetworkNamespace;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Networks of VIPs as a client's kernel meets them: {@code client eth0 - lan host}. */
final class VipNetworkIT {

  private static final String MAC = "02:00:00:00:00:05";
  private static final String WRONG_MAC = "02:00:00:00:00:99";

  private NetworkNamespace client;
  private NetworkNamespace host;

  @BeforeEach
  void build() throws Exception {
    if (!Boolean.getBoolean("dsr.test.required")) {
      assumeTrue(NetworkNamespace.isPermitted(), "needs CAP_SYS_ADMIN");
    }
    client = NetworkNamespace.create("client");
    host = NetworkNamespace.create("host");
    run(
        host,
        """
        ip link set lo up
        ip link add name lan address %s type veth peer name eth0 netns %s
        ip address add 10.9.0.5/24 dev lan
        ip address add fd09::5/64 dev lan nodad
        ip link set lan up
        """
            .formatted(MAC, client.path()));
    run(
        client,
        """
        ip address add 10.9.0.1/24 dev eth0
        ip address add fd09::1/64 dev eth0 nodad
        ip link set eth0 up
        """);
  }

  @AfterEach
  void takeDown() {
    host.close();
    client.close();
  }

  @Test
  void answersForEachAddressOfANetworkOnTheSegmentAndForNoOther() throws Exception {
    try (DsrBalancer balancer = balancer("10.9.0.16/28", "fd09::1:0/124")) {
      assertThat(start(balancer)).isNull();

      assertThat(unanswered("10.9.0.16", "10.9.0.20", "10.9.0.31", "fd09::1:0", "fd09::1:f"))
          .isEmpty();
      assertThat(run(client, "ip neighbour show 10.9.0.20")).contains(MAC);
      assertThat(run(client, "ip neighbour show fd09::1:f")).contains(MAC);
      assertThat(unanswered(1, "10.9.0.15", "10.9.0.32", "fd09::1:10"))
          .containsExactly("10.9.0.15", "10.9.0.32", "fd09::1:10");
    }
  }

  @Test
  void answersForANetworkThatIsRoutedToIt() throws Exception {
    run(client, "ip route add 198.18.0.0/20 via 10.9.0.5");
    run(client, "ip route add 2001:db8:1::/64 via fd09::5");
    try (DsrBalancer balancer = balancer("198.18.0.0/20", "2001:db8:1::/64")) {
      assertThat(start(balancer)).isNull();

      assertThat(unanswered("198.18.0.0", "198.18.15.255", "2001:db8:1::", "2001:db8:1::dead:beef"))
          .isEmpty();
    }
  }

  @Test
  void announcesEachAddressOfASmallNetwork() throws Exception {
    for (String vip : List.of("10.9.0.16", "10.9.0.31", "fd09::1:1")) {
      run(client, "ip neighbour add " + vip + " lladdr " + WRONG_MAC + " nud stale dev eth0");
    }
    try (DsrBalancer balancer = balancer("10.9.0.16/28", "fd09::1:0/124")) {
      assertThat(start(balancer)).isNull();

      for (String vip : List.of("10.9.0.16", "10.9.0.31", "fd09::1:1")) {
        assertThat(neighbourOnceItChanges(vip)).as(vip).contains(MAC);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "10.9.0.0/29, 'VIP network 10.9.0.0/29 holds 10.9.0.5, an address of lan of this host'",
    "10.9.0.32/28, 'holds 10.9.0.33, the gateway of this host'",
    "10.9.0.49, 'VIP 10.9.0.49 is 10.9.0.49, the gateway of this host'",
    "fd09::/120, 'holds fd09::5, an address of lan of this host'",
    "fd09::7:0/112, 'holds fd09::7:1, the gateway of'",
  })
  void refusesANetworkWithAnAddressThatSomebodyHas(String network, String cause) throws Exception {
    run(host, "ip route add default via 10.9.0.33");
    run(host, "ip route add 10.7.0.0/16 nexthop via 10.9.0.49 nexthop via 10.9.0.50");
    run(host, "ip route add default via fd09::7:1");
    try (DsrBalancer balancer = balancer(network)) {
      Throwable refused = start(balancer);

      assertThat(refused).isInstanceOf(IllegalArgumentException.class).hasMessageContaining(cause);
    }
  }

  @Test
  void refusesAServerAmongTheVipsOfAnotherService() throws Exception {
    VirtualService other = service("10.9.0.200");
    try (DsrBalancer balancer =
        DsrBalancer.builder()
            .networkInterface("lan")
            .service(service("10.9.0.16/28"))
            .service(other)
            .build()) {
      assertThat(start(balancer)).isNull();

      var server = balancer.addRealServer(other.key(), RealServer.of("10.9.0.20"));
      var network = balancer.addService(service("10.9.0.100/30", "10.9.0.150"));

      assertThatThrownBy(() -> server.toCompletableFuture().join())
          .hasMessageContaining("real server 10.9.0.20")
          .hasMessageContaining("not the VIP of tcp 10.9.0.16/28:80");
      assertThatThrownBy(() -> network.toCompletableFuture().join())
          .hasMessageContaining("real server 10.9.0.101")
          .hasMessageContaining("not the VIP of tcp 10.9.0.100/30:80");
      assertThat(unanswered("10.9.0.20", "10.9.0.200")).isEmpty();
    }
  }

  @Test
  void knowsTheRoutersOfALink() throws Exception {
    run(host, "ip route add default via 10.9.0.33");
    run(host, "ip route add 10.7.0.0/16 nexthop via 10.9.0.49 nexthop via 10.9.0.50");
    run(host, "ip route add 10.8.0.0/16 via inet6 fd09::9");
    run(host, "ip route add default via fe80::7 dev lan");

    var lan = host.call(() -> Gateways.of(NetworkLink.byName("lan").index()));
    var loopback = host.call(() -> Gateways.of(NetworkLink.byName("lo").index()));

    assertThat(lan.stream().map(InetAddress::getHostAddress))
        .containsExactlyInAnyOrder(
            "10.9.0.33", "10.9.0.49", "10.9.0.50", "fd09:0:0:0:0:0:0:9", "fe80:0:0:0:0:0:0:7");
    assertThat(loopback).isEmpty();
  }

  private static DsrBalancer balancer(String... networks) {
    DsrBalancerBuilder builder = DsrBalancer.builder().networkInterface("lan");
    for (String network : networks) {
      builder.service(service(network));
    }
    return builder.build();
  }

  private static VirtualService service(String network) {
    return service(network, network.contains(":") ? "fd09::101" : "10.9.0.101");
  }

  private static VirtualService service(String network, String server) {
    IpPrefix vip = IpPrefix.parse(network);
    return VirtualService.of(new ServiceKey(Protocol.TCP, vip, PortRange.of(80)))
        .realServer(server);
  }

  private Throwable start(DsrBalancer balancer) throws Exception {
    return host.call(() -> balancer.start()).await().cause();
  }

  private List<String> unanswered(String... addresses) throws Exception {
    return unanswered(10, addresses);
  }

  /** Returns those of the addresses that nobody answers a ping for within some seconds. */
  private List<String> unanswered(int seconds, String... addresses) throws Exception {
    String ping = "ping -n -c 1 -W " + seconds + " ";
    return List.of(addresses).stream()
        .filter(address -> status(client, ping + address) != 0)
        .toList();
  }

  private String neighbourOnceItChanges(String vip) throws Exception {
    String neighbour = "";
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
    while (System.nanoTime() - deadline < 0) {
      neighbour = run(client, "ip neighbour show " + vip);
      if (!neighbour.contains(WRONG_MAC)) {
        return neighbour;
      }
    }
    return neighbour;
  }

  private static int status(NetworkNamespace namespace, String command) {
    try {
      Process process = namespace.processBuilder(List.of(command.split(" "))).start();
      process.getInputStream().readAllBytes();
      return process.waitFor();
    } catch (IOException e) {
      throw new AssertionError(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static String run(NetworkNamespace namespace, String commands) throws Exception {
    Process process =
        namespace.processBuilder(List.of("sh", "-ec", commands)).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("%s: %s", commands, output).isZero();
    return output;
  }
}
