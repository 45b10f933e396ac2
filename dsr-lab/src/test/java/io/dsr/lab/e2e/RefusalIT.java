package io.dsr.lab.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.dsr.core.RealServer;
import io.dsr.core.VirtualService;
import io.dsr.core.scheduler.Schedulers;
import io.dsr.lab.EmbeddedBalancer;
import io.dsr.lab.Host;
import io.dsr.lab.HttpServers;
import io.dsr.lab.Lab;
import io.dsr.lab.Requirements;
import io.dsr.lab.RunningBalancer;
import io.dsr.linux.namespace.NetworkNamespace;
import io.dsr.netty.DsrBalancer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What cannot work is refused with the reason, and leaves what runs as it was. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class RefusalIT {

  private static final int PORT = 80;
  private static final String VIP = "195.30.70.200";
  private static final String ELSEWHERE = "10.9.9.1";

  private Lab lab;
  private Host host;
  private VirtualService service;

  @BeforeAll
  void build() throws Exception {
    assumeThat(Requirements.whyNot()).isEmpty();
    lab = Lab.builder().servers(2).build();
    host = lab.balancer();
    service = RunningBalancer.tcp(Lab.VIP, PORT, Schedulers.roundRobin(), lab.servers());
    ip("link", "add", "eth1", "type", "veth", "peer", "name", "eth2");
    ip("link", "set", "eth2", "up");
    ip("addr", "add", ELSEWHERE + "/24", "dev", "eth1");
    ip("link", "set", "eth1", "up");
  }

  @AfterEach
  void worksAllTheSame() throws Exception {
    if (lab == null) {
      return;
    }
    try (var _ = HttpServers.start(lab.servers(), Lab.VIP, PORT);
        var _ = EmbeddedBalancer.start(lab, service)) {
      assertThat(Client.server(lab.client(), Lab.VIP, PORT)).startsWith("server");
    }
  }

  @AfterAll
  void takeDown() {
    if (lab != null) {
      lab.close();
    }
  }

  @Test
  void refusesAServerOnAnotherInterfacesSegment() {
    VirtualService wrong = service.realServer("10.9.9.7");

    assertThatThrownBy(() -> start("seg0", wrong))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("real server 10.9.9.7 is on the subnet of eth1")
        .hasMessageContaining("expected: on the subnet of seg0");
  }

  @Test
  void refusesToAddAServerOnAnotherInterfacesSegmentAndGoesOn() throws Exception {
    try (var _ = HttpServers.start(lab.servers(), Lab.VIP, PORT);
        var balanced = EmbeddedBalancer.start(lab, service)) {
      assertThatThrownBy(() ->
              EmbeddedBalancer.await(
                  balanced.balancer().addRealServer(service.key(), RealServer.of("10.9.9.7"))))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("real server 10.9.9.7 is on the subnet of eth1");

      assertThat(balanced.balancer().services().getFirst().realServers()).hasSize(2);
      assertThat(Client.server(lab.client(), Lab.VIP, PORT)).startsWith("server");
    }
  }

  @Test
  void refusesAVipThatTheHostHasItselfAndTellsTheCure() throws Exception {
    ip("addr", "add", VIP + "/32", "dev", "lo");
    try {
      assertThatThrownBy(() -> start("seg0", service))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("VIP " + VIP + " is configured on lo of this host")
          .hasMessageContaining("cure: ip addr del " + VIP + "/32 dev lo");
    } finally {
      ip("addr", "del", VIP + "/32", "dev", "lo");
    }
  }

  @Test
  void refusesToAddAVipThatTheHostHasItselfAndGoesOn() throws Exception {
    try (var _ = HttpServers.start(lab.servers(), Lab.VIP, PORT);
        var balanced = EmbeddedBalancer.start(lab, service)) {
      VirtualService own =
          VirtualService.tcp(ELSEWHERE, PORT)
              .realServer(lab.servers().getFirst().ipv4().getHostAddress());

      assertThatThrownBy(() -> EmbeddedBalancer.await(balanced.balancer().addService(own)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("VIP " + ELSEWHERE + " is configured on eth1");

      assertThat(balanced.balancer().services()).hasSize(1);
      assertThat(Client.server(lab.client(), Lab.VIP, PORT)).startsWith("server");
    }
  }

  @Test
  void refusesAnInterfaceThatIsDown() throws Exception {
    ip("link", "set", "eth1", "down");
    try {
      assertThatThrownBy(() -> start("eth1", service))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("interface eth1 is down (cure: ip link set eth1 up)");
    } finally {
      ip("link", "set", "eth1", "up");
    }
  }

  @Test
  void refusesAnInterfaceThatIsMissingAndNamesThoseThereAre() {
    assertThatThrownBy(() -> start("eth7", service))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("interface eth7 does not exist")
        .hasMessageContaining("seg0")
        .hasMessageContaining("eth1");
  }

  @Test
  void refusesTheLoopbackInterface() {
    assertThatThrownBy(() -> start("lo", service))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("interface lo is not Ethernet");
  }

  private void start(String networkInterface, VirtualService what) throws Exception {
    try (var balancer =
        DsrBalancer.builder().networkInterface(networkInterface).service(what).build()) {
      NetworkNamespace namespace = host.namespace();
      EmbeddedBalancer.await(namespace.call(balancer::start));
    }
  }

  private void ip(String... arguments) throws Exception {
    var command = new ArrayList<String>(List.of("ip"));
    command.addAll(List.of(arguments));
    String _ = Command.run(host.namespace(), command);
  }
}
