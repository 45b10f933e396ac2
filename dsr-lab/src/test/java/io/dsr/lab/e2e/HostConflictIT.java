package io.dsr.lab.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.dsr.core.BalancerEvent.VipOnHost;
import io.dsr.core.IpPrefix;
import io.dsr.core.VirtualService;
import io.dsr.core.scheduler.Schedulers;
import io.dsr.lab.EmbeddedBalancer;
import io.dsr.lab.Lab;
import io.dsr.lab.Requirements;
import io.dsr.lab.RunningBalancer;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The balancer's own host has what a service needs for itself. */
final class HostConflictIT {

  private static final int PORT = 80;
  private static final Duration SOON = Duration.ofSeconds(10);

  private Lab lab;

  @BeforeEach
  void build() throws Exception {
    assumeThat(Requirements.whyNot()).isEmpty();
    lab = Lab.builder().servers(1).build();
  }

  @AfterEach
  void takeDown() {
    if (lab != null) {
      lab.close();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void tellsOfAVipThatTheHostIsGivenMeanwhile(boolean ipv6) throws Exception {
    InetAddress vip = ipv6 ? Lab.VIP6 : Lab.VIP;
    VirtualService service = RunningBalancer.tcp(vip, PORT, Schedulers.roundRobin(), lab.servers());
    String address = IpPrefix.text(vip) + (vip instanceof Inet4Address ? "/32" : "/128");
    try (var balanced = EmbeddedBalancer.start(lab, service)) {
      String _ = Command.run(lab.balancer(), "ip", "addr", "add", address, "dev", "lo");

      assertThat(balanced.awaitEvent(SOON, VipOnHost.class::isInstance))
          .isEqualTo(new VipOnHost(vip, "lo"));
    }
  }

  @Test
  void refusesTheHostItselfAsRealServer() throws Exception {
    VirtualService service =
        RunningBalancer.tcp(Lab.VIP, PORT, Schedulers.roundRobin(), lab.servers());
    InetAddress own = lab.balancer().ipv4();
    List<VirtualService> wanted = List.of(service.realServer(IpPrefix.text(own)));
    String why = "real server " + IpPrefix.text(own) + " is an address of seg0 of this host";
    try (var balanced = EmbeddedBalancer.start(lab, service)) {
      assertThatThrownBy(() -> balanced.balancer().apply(wanted).toCompletableFuture().get())
          .hasMessageContaining(why);
      assertThatThrownBy(() -> balanced.balancer().preview(wanted).toCompletableFuture().get())
          .hasMessageContaining(why);
      assertThat(balanced.balancer().services()).containsExactly(service);
    }
    assertThatThrownBy(() -> EmbeddedBalancer.start(lab, wanted.getFirst()).close())
        .hasMessageContaining(why);
  }
}
