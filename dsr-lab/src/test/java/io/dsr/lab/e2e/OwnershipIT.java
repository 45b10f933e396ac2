package io.dsr.lab.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.dsr.core.Verdict;
import io.dsr.core.VipOwnership;
import io.dsr.core.VirtualService;
import io.dsr.core.scheduler.Schedulers;
import io.dsr.lab.EmbeddedBalancer;
import io.dsr.lab.Host;
import io.dsr.lab.HttpServers;
import io.dsr.lab.Lab;
import io.dsr.lab.Requirements;
import io.dsr.lab.RunningBalancer;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A standby owns nothing until it is told to; a VIP that a router sends here is never claimed. */
final class OwnershipIT {

  private static final int PORT = 80;
  private static final String VIP = "195.30.70.200";
  private static final String VIP6 = "2001:db8:70::200";

  private Lab lab;
  private Host neighbour;

  @BeforeEach
  void build() throws Exception {
    assumeThat(Requirements.whyNot()).isEmpty();
    lab = Lab.builder().servers(1).localClient(true).build();
    neighbour = lab.localClient().orElseThrow();
  }

  @AfterEach
  void takeDown() {
    if (lab != null) {
      lab.close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {VIP, VIP6})
  void servesNobodyWhileItStandsByAndEverybodyOnceItOwns(String literal) throws Exception {
    InetAddress vip = InetAddress.ofLiteral(literal);
    VirtualService service = RunningBalancer.tcp(vip, PORT, Schedulers.roundRobin(), lab.servers());
    try (var _ = HttpServers.start(lab.servers(), vip, PORT);
        var balanced =
            EmbeddedBalancer.start(lab, b -> b.ownership(VipOwnership.STANDBY), service)) {
      assertThat(isAnswered(vip)).as("ARP or ND by a standby").isFalse();

      neighbours("replace", vip, "lladdr", lab.balancer().mac().toString());
      assertThatThrownBy(() -> ping(vip)).isInstanceOf(IOException.class);
      assertThat(balanced.verdict("DROP_STANDBY")).isPositive();
      // What it announces has to take the place of another owner's address.
      neighbours("replace", vip, "lladdr", "02:00:00:00:00:99", "nud", "reachable");

      EmbeddedBalancer.await(balanced.balancer().own());

      RunningBalancer.awaitTrue("announced", () -> neighbours("show", vip).contains(mac()));
      ping(vip);
      assertThat(Client.server(neighbour, vip, PORT)).isEqualTo("server1");

      EmbeddedBalancer.await(balanced.balancer().standby());
      long dropped = balanced.verdict("DROP_STANDBY");
      assertThatThrownBy(() -> ping(vip)).isInstanceOf(IOException.class);
      assertThat(balanced.verdict("DROP_STANDBY")).isGreaterThan(dropped);
      assertThat(balanced.balancer().services()).containsExactly(service);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {VIP, VIP6})
  void forwardsWhatARouterSendsAndNeverClaimsTheVip(String literal) throws Exception {
    InetAddress vip = InetAddress.ofLiteral(literal);
    VirtualService service = RunningBalancer.tcp(vip, PORT, Schedulers.roundRobin(), lab.servers());
    try (var _ = HttpServers.start(lab.servers(), vip, PORT);
        var balanced = EmbeddedBalancer.start(lab, b -> b.ownership(VipOwnership.NONE), service)) {
      EmbeddedBalancer.await(balanced.balancer().announce());
      assertThat(isAnswered(vip)).as("ARP or ND for a VIP that is routed").isFalse();

      String via = lab.balancer().addressLike(vip).getHostAddress();
      Command.run(neighbour, "ip", "route", "add", vip.getHostAddress(), "via", via);

      assertThat(Client.server(neighbour, vip, PORT)).isEqualTo("server1");
      ping(vip);
      assertThat(balanced.verdict("FORWARD_NEW")).isPositive();
      assertThat(balanced.verdict("DROP_STANDBY")).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {VIP, VIP6})
  void explainsWhatAFrameWouldMeetNowOnALoopThatHasSeenNoneSince(String literal) throws Exception {
    InetAddress vip = InetAddress.ofLiteral(literal);
    VirtualService service = RunningBalancer.tcp(vip, PORT, Schedulers.roundRobin(), lab.servers());
    InetAddress client = neighbour.addressLike(vip);
    byte[] syn = new Crafted(neighbour.mac(), lab.balancer().mac(), client, vip).syn(40_000, PORT);
    try (var balanced = EmbeddedBalancer.start(lab, b -> b, service)) {
      assertThat(EmbeddedBalancer.await(balanced.balancer().explain(syn)).verdict())
          .isEqualTo(Verdict.FORWARD_NEW);

      EmbeddedBalancer.await(balanced.balancer().standby());

      assertThat(EmbeddedBalancer.await(balanced.balancer().explain(syn)).verdict())
          .isEqualTo(Verdict.DROP_STANDBY);
    }
  }

  private String mac() {
    return lab.balancer().mac().toString();
  }

  private boolean isAnswered(InetAddress vip) throws Exception {
    try {
      ping(vip);
    } catch (IOException e) {
      return neighbours("show", vip).contains(mac());
    }
    return true;
  }

  private void ping(InetAddress vip) throws Exception {
    Command.run(neighbour, "ping", "-n", "-c", "2", "-i", "0.2", "-W", "1", vip.getHostAddress());
  }

  private String neighbours(String command, InetAddress vip, String... more) throws Exception {
    var all = new ArrayList<String>();
    all.addAll(List.of("ip", vip instanceof Inet6Address ? "-6" : "-4", "neighbour"));
    all.addAll(List.of(command, vip.getHostAddress()));
    all.addAll(List.of(more));
    all.addAll(List.of("dev", neighbour.networkInterface()));
    return Command.run(neighbour, all.toArray(String[]::new));
  }
}
