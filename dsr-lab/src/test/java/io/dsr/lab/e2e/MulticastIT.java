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
import io.dsr.lab.LabBuilder.MulticastSnooping;
import io.dsr.lab.Requirements;
import io.dsr.lab.RunningBalancer;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** A switch that sends multicast frames only where somebody has joined. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class MulticastIT {

  private static final int PORT = 80;
  private static final String GROUP = "ff02::1:ff00:200";

  private final List<AutoCloseable> open = new ArrayList<>();
  private Lab lab;
  private int asked = 9000;

  @BeforeAll
  void build() throws Exception {
    assumeThat(Requirements.whyNot()).isEmpty();
    lab =
        Lab.builder()
            .servers(2)
            .localClient(true)
            .multicastSnooping(MulticastSnooping.WITH_QUERIER)
            .build();
    open.add(lab);
    open.add(HttpServers.start(lab.servers(), Lab.VIP6, PORT));
  }

  @AfterAll
  void takeDown() throws Exception {
    for (AutoCloseable each : open.reversed()) {
      each.close();
    }
  }

  @Test
  void joinsTheGroupOfAnIpv6VipSoThatASnoopingSwitchSendsItSolicitations() throws Exception {
    awaitSnooping();
    // The servers have the VIP on their loopback interfaces, where no group is joined by MLD.
    assertThat(port()).as("control").isEmpty();

    VirtualService service =
        RunningBalancer.tcp(Lab.VIP6, PORT, Schedulers.roundRobin(), lab.servers());
    try (var balanced = EmbeddedBalancer.start(lab, service)) {
      RunningBalancer.awaitTrue("a membership of " + GROUP, () -> !port().isEmpty());
      for (Host client : List.of(lab.client(), lab.localClient().orElseThrow())) {
        forget(client);
        forget(lab.router());

        var answer = client.namespace().call(() -> HttpCall.get(Lab.VIP6, PORT, "/"));

        assertThat(answer.status()).isEqualTo(200);
      }
      assertThat(balanced.connections(service.key()).values()).containsExactly(1L, 1L);
    }
  }

  @Test
  void isNecessarySinceTheSwitchFloodsNoGroupThatNobodyJoined() throws Exception {
    awaitSnooping();

    assertThat(floods()).isFalse();
  }

  /** The bridge floods until its first query has had time to be answered. */
  private void awaitSnooping() throws Exception {
    RunningBalancer.awaitTrue("no more flooding", () -> !floods());
  }

  /** Has an address that nobody has asked for, a new one each time, and sees who hears of it. */
  private boolean floods() throws Exception {
    int suffix = ++asked;
    Host local = lab.localClient().orElseThrow();
    String filter = "icmp6 and dst host ff02::1:ff00:" + suffix;
    try (var sent = Witness.of(local, filter);
        var heard = Witness.of(lab.servers().getFirst(), filter)) {
      InetAddress nobody = InetAddress.ofLiteral("2001:db8:70::" + suffix);
      boolean reached = local.namespace().call(() -> nobody.isReachable(300));

      assertThat(reached).isFalse();
      assertThat(sent.count(1)).as("solicitations").isPositive();
      return heard.count() > 0;
    }
  }

  private void forget(Host host) throws Exception {
    String _ = Command.run(host, "ip", "-6", "neigh", "flush", "to", "2001:db8:70::200");
  }

  /** Returns what the switch knows of the VIP's group on the balancer's port. */
  private String port() throws Exception {
    return mdb()
        .lines()
        .filter(line -> line.contains(GROUP) && line.contains("port " + lab.balancer().name()))
        .findFirst()
        .orElse("");
  }

  private String mdb() throws Exception {
    return Command.run(lab.segment(), List.of("bridge", "mdb", "show"));
  }
}
