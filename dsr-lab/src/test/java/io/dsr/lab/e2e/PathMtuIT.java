package io.dsr.lab.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.dsr.core.FlowFilter;
import io.dsr.core.FlowTracking;
import io.dsr.core.Scheduler;
import io.dsr.core.ServiceRules;
import io.dsr.core.VirtualService;
import io.dsr.core.scheduler.Schedulers;
import io.dsr.lab.EmbeddedBalancer;
import io.dsr.lab.Host;
import io.dsr.lab.HttpCall;
import io.dsr.lab.HttpServers;
import io.dsr.lab.Lab;
import io.dsr.lab.Requirements;
import io.dsr.lab.RunningBalancer;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The router tells the VIP that a client's path is narrow; the server that owns the connection must
 * hear of it.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class PathMtuIT {

  private static final int PORT = 80;
  private static final int MTU = 1400;
  private static final int DOWNLOAD = 4_000_003;

  private final List<AutoCloseable> open = new ArrayList<>();
  private Lab lab;

  @BeforeAll
  void build() throws Exception {
    assumeThat(Requirements.whyNot()).isEmpty();
    lab = Lab.builder().servers(3).clientPathMtu(MTU).build();
    open.add(lab);
    open.add(HttpServers.start(lab.servers(), Lab.VIP, PORT));
    open.add(HttpServers.start(lab.servers(), Lab.VIP6, PORT));
  }

  @AfterAll
  void takeDown() throws Exception {
    for (AutoCloseable each : open.reversed()) {
      each.close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"195.30.70.200", "2001:db8:70::200"})
  void tellsTheServerOfTheConnectionHowNarrowItsPathIs(String literal) throws Exception {
    forgetPaths();
    InetAddress vip = InetAddress.ofLiteral(literal);
    VirtualService service = RunningBalancer.tcp(vip, PORT, Schedulers.roundRobin(), lab.servers());
    try (var balanced = EmbeddedBalancer.start(lab, service)) {
      // Each server learns for itself, from errors about its own connection: none was told before.
      for (int i = 0; i < lab.servers().size(); i++) {
        long errors = balanced.verdict("FORWARD_ICMP_ERROR");

        HttpCall.Answer answer =
            lab.client().namespace().call(() -> HttpCall.download(vip, PORT, DOWNLOAD));

        assertThat(answer.bytes()).isEqualTo(DOWNLOAD);
        assertThat(balanced.verdict("FORWARD_ICMP_ERROR")).isGreaterThan(errors);
        assertThat(mtu(server(answer.server()), vip)).contains("mtu " + MTU);
      }
      assertThat(balanced.connections(service.key()).values()).containsExactly(1L, 1L, 1L);
    }
  }

  static Stream<Arguments> hashing() {
    return Stream.of(Schedulers.sourceHash(), Schedulers.maglev())
        .flatMap(
            scheduler -> Stream.of(Lab.VIP, Lab.VIP6).map(vip -> Arguments.of(scheduler, vip)));
  }

  @ParameterizedTest
  @MethodSource("hashing")
  void tellsTheServerOfAConnectionThatWasForgottenInItsMiddle(Scheduler scheduler, InetAddress vip)
      throws Exception {
    forgetPaths();
    VirtualService service = RunningBalancer.tcp(vip, PORT, scheduler, lab.servers());
    try (var balanced = EmbeddedBalancer.start(lab, service);
        var live = Client.Live.download(lab.client(), vip, PORT, DOWNLOAD)) {
      live.read(100_000);
      Host server = server(live.server());

      // The client reads no more, and soon neither side has anything to say.
      balanced.awaitQuiet();
      forgetPaths();
      assertThat(mtu(server, vip)).doesNotContain("mtu " + MTU);
      assertThat(EmbeddedBalancer.await(balanced.balancer().forgetFlows(FlowFilter.ALL)))
          .isEqualTo(1);
      long errors = balanced.verdict("FORWARD_ICMP_ERROR");
      long rest = live.drain();

      assertThat(rest).isEqualTo(DOWNLOAD - 100_000);
      assertThat(balanced.verdict("FORWARD_MIDFLOW")).isPositive();
      assertThat(balanced.verdict("FORWARD_ICMP_ERROR")).isGreaterThan(errors);
      assertOnlyThatServerKnows(server, vip);
    }
  }

  @ParameterizedTest
  @MethodSource("hashing")
  void tellsTheServerOfAConnectionThatIsNeverRemembered(Scheduler scheduler, InetAddress vip)
      throws Exception {
    forgetPaths();
    VirtualService service =
        RunningBalancer.tcp(vip, PORT, scheduler, lab.servers())
            .rules(ServiceRules.DEFAULT.tracking(FlowTracking.SESSIONLESS));
    try (var balanced = EmbeddedBalancer.start(lab, service)) {

      HttpCall.Answer answer =
          lab.client().namespace().call(() -> HttpCall.download(vip, PORT, DOWNLOAD));

      assertThat(answer.bytes()).isEqualTo(DOWNLOAD);
      assertThat(balanced.verdict("FORWARD_UNTRACKED")).isPositive();
      assertThat(balanced.verdict("FORWARD_FLOW")).isZero();
      assertThat(balanced.verdict("FORWARD_ICMP_ERROR")).isPositive();
      assertOnlyThatServerKnows(server(answer.server()), vip);
    }
  }

  private void forgetPaths() throws Exception {
    for (Host server : lab.servers()) {
      String _ = Command.run(server, "ip", "route", "flush", "cache");
      String _ = Command.run(server, "ip", "-6", "route", "flush", "cache");
    }
  }

  private void assertOnlyThatServerKnows(Host server, InetAddress vip) throws Exception {
    for (Host each : lab.servers()) {
      assertThat(mtu(each, vip).contains("mtu " + MTU))
          .as("%s knows, told was %s", each.name(), server.name())
          .isEqualTo(each.equals(server));
    }
  }

  private Host server(String name) {
    return lab.servers().stream().filter(host -> host.name().equals(name)).findFirst().get();
  }

  private String mtu(Host server, InetAddress vip) throws Exception {
    String client = lab.client().addressLike(vip).getHostAddress();
    return Command.run(server, "ip", "route", "get", client, "from", vip.getHostAddress());
  }
}
