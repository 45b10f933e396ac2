package io.dsr.lab.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.dsr.core.BalancerEvent.ServerMoved;
import io.dsr.core.BalancerEvent.ServerResolved;
import io.dsr.core.BalancerEvent.ServerUnreachable;
import io.dsr.core.BalancerEvent.VipConflict;
import io.dsr.core.MacAddress;
import io.dsr.core.VirtualService;
import io.dsr.core.scheduler.Schedulers;
import io.dsr.lab.EmbeddedBalancer;
import io.dsr.lab.Host;
import io.dsr.lab.HttpCall;
import io.dsr.lab.HttpServers;
import io.dsr.lab.Lab;
import io.dsr.lab.Requirements;
import io.dsr.lab.RunningBalancer;
import io.dsr.netty.NeighbourTimings;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Servers move, fall silent and come back; strangers claim a VIP. */
final class NeighbourIT {

  private static final int PORT = 80;
  private static final String VIP = "195.30.70.200";
  private static final String VIP6 = "2001:db8:70::200";
  private static final long LIVE_BYTES = 20_000_000;
  private static final Duration SOON = Duration.ofSeconds(2);

  /** Asks so seldom that what is noticed soon was noticed without asking. */
  private static final NeighbourTimings PATIENT =
      new NeighbourTimings(Duration.ofSeconds(1), Duration.ofMinutes(1), 6);

  private static final NeighbourTimings SHORT =
      new NeighbourTimings(Duration.ofMillis(200), Duration.ofMillis(400), 4);

  private static final Duration SHORT_ENOUGH = Duration.ofSeconds(3);

  private Lab lab;

  @BeforeEach
  void build() throws Exception {
    assumeThat(Requirements.whyNot()).isEmpty();
    lab = Lab.builder().servers(2).localClient(true).build();
  }

  @AfterEach
  void takeDown() {
    if (lab != null) {
      lab.close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {VIP, VIP6})
  void followsAServerThatAnnouncesANewMacAddressAtOnce(String literal) throws Exception {
    InetAddress vip = InetAddress.ofLiteral(literal);
    Host server = lab.servers().getFirst();
    InetAddress address = server.addressLike(vip);
    VirtualService service = RunningBalancer.tcp(vip, PORT, Schedulers.roundRobin(), lab.servers());
    try (var _ = HttpServers.start(lab.servers(), vip, PORT);
        var balanced = EmbeddedBalancer.start(lab, b -> b.neighbourTimings(PATIENT), service);
        var live = live(vip, server)) {
      String moved = "00:00:00:00:77:01";

      move(server, moved, address);

      assertThat(balanced.awaitEvent(SOON, ServerMoved.class::isInstance))
          .isEqualTo(new ServerMoved(address, server.mac(), MacAddress.of(moved)));
      assertThat(balanced.server(service.key(), address).mac()).contains(MacAddress.of(moved));
      assertThat(servers(vip, 6)).containsExactlyInAnyOrder("server1", "server2");
      assertThat(live.drain()).isEqualTo(LIVE_BYTES);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {VIP, VIP6})
  void givesNothingNewToAServerThatFellSilentUntilItIsBack(String literal) throws Exception {
    InetAddress vip = InetAddress.ofLiteral(literal);
    Host server = lab.servers().getFirst();
    InetAddress address = server.addressLike(vip);
    VirtualService service = RunningBalancer.tcp(vip, PORT, Schedulers.roundRobin(), lab.servers());
    try (var _ = HttpServers.start(lab.servers(), vip, PORT);
        var balanced = EmbeddedBalancer.start(lab, b -> b.neighbourTimings(SHORT), service)) {
      unplug(server, true);

      assertThat(balanced.awaitEvent(SHORT_ENOUGH, ServerUnreachable.class::isInstance))
          .isEqualTo(new ServerUnreachable(address));
      RunningBalancer.awaitTrue(
          "no more of its weight",
          () -> balanced.server(service.key(), address).effectiveWeight() == 0);
      assertThat(servers(vip, 6)).containsExactly("server2");

      unplug(server, false);

      assertThat(
              balanced.awaitEvent(
                  SHORT_ENOUGH, e -> e instanceof ServerResolved r && r.server().equals(address)))
          .isEqualTo(new ServerResolved(address, server.mac()));
      balanced.awaitServers();
      assertThat(servers(vip, 6)).containsExactlyInAnyOrder("server1", "server2");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {VIP, VIP6})
  void startsWithASilentServerAndTakesItUpWhenItAnswers(String literal) throws Exception {
    InetAddress vip = InetAddress.ofLiteral(literal);
    Host server = lab.servers().getFirst();
    VirtualService one =
        RunningBalancer.tcp(vip, PORT, Schedulers.roundRobin(), lab.servers().subList(1, 2));
    try (var _ = HttpServers.start(lab.servers(), vip, PORT);
        var balanced = EmbeddedBalancer.start(lab, b -> b.neighbourTimings(SHORT), one)) {
      unplug(server, true);
      VirtualService both = RunningBalancer.tcp(vip, PORT, Schedulers.roundRobin(), lab.servers());

      EmbeddedBalancer.await(balanced.balancer().replaceService(both));

      assertThat(servers(vip, 6)).containsExactly("server2");
      unplug(server, false);
      balanced.awaitServers();
      assertThat(servers(vip, 6)).containsExactlyInAnyOrder("server1", "server2");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {VIP, VIP6})
  void tellsOfAServerThatAnswersForTheVip(String literal) throws Exception {
    InetAddress vip = InetAddress.ofLiteral(literal);
    Host leaking = lab.servers().getLast();
    VirtualService service = RunningBalancer.tcp(vip, PORT, Schedulers.roundRobin(), lab.servers());
    String prefix = vip instanceof Inet4Address ? "/32" : "/128";
    String claimant = "00:00:00:00:77:02";
    try (var balanced = EmbeddedBalancer.start(lab, service)) {
      String _ = Command.run(leaking, "ip", "addr", "del", literal + prefix, "dev", "lo");
      String _ = Command.run(leaking, "ip", "addr", "add", literal + prefix, "dev", "seg0");

      move(leaking, claimant, vip);

      assertThat(balanced.awaitEvent(SOON, VipConflict.class::isInstance))
          .isEqualTo(new VipConflict(vip, MacAddress.of(claimant)));
    }
  }

  private Client.Live live(InetAddress vip, Host server) throws Exception {
    for (int i = 0; i < lab.servers().size(); i++) {
      var live = Client.Live.download(lab.client(), vip, PORT, LIVE_BYTES);
      if (live.server().equals(server.name())) {
        return live;
      }
      live.close();
    }
    throw new AssertionError("no connection of " + server.name());
  }

  private Set<String> servers(InetAddress vip, int connections) throws Exception {
    return HttpCall.servers(lab.client(), vip, PORT, connections);
  }

  /**
   * Gives the server another MAC address, and has it tell everybody: the kernel does so by neighbor
   * advertisements for all its addresses, while ARP is ours to send.
   */
  private static void move(Host server, String mac, InetAddress address) throws Exception {
    setNotify(server);
    String _ = Command.run(server, "ip", "link", "set", "dev", "seg0", "address", mac);
    if (address instanceof Inet4Address) {
      String literal = address.getHostAddress();
      String _ =
          Command.run(server, "arping", "-U", "-c", "1", "-I", "seg0", "-s", literal, literal);
    }
  }

  private static void setNotify(Host host) throws Exception {
    Path setting = Path.of("/proc/sys/net/ipv6/conf/seg0/ndisc_notify");
    host.namespace().run(() -> Files.writeString(setting, "1"));
  }

  private void unplug(Host host, boolean out) throws Exception {
    String _ =
        Command.run(
            lab.segment(), List.of("ip", "link", "set", "dev", host.name(), out ? "down" : "up"));
  }
}
