package io.dsr.lab.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.dsr.core.DrainReport;
import io.dsr.core.FlowEntry;
import io.dsr.core.FlowFilter;
import io.dsr.core.RealServer;
import io.dsr.core.ServiceRules;
import io.dsr.core.VirtualService;
import io.dsr.core.WeightReason;
import io.dsr.core.scheduler.Schedulers;
import io.dsr.lab.EmbeddedBalancer;
import io.dsr.lab.Host;
import io.dsr.lab.HttpServers;
import io.dsr.lab.Lab;
import io.dsr.lab.Requirements;
import io.dsr.lab.RunningBalancer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What a running balancer says of itself, held against what then happens. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class InspectionIT {

  private static final int PORT = 80;
  private static final int DOWNLOADS = 10;
  private static final int DOWNLOAD = 6_000_000;
  private static final int CONNECTIONS = 1 << 12;

  private final List<AutoCloseable> open = new ArrayList<>();
  private Lab lab;

  @BeforeAll
  void build() throws Exception {
    assumeThat(Requirements.whyNot()).isEmpty();
    lab = Lab.builder().servers(3).build();
    open.add(lab);
    open.add(HttpServers.start(lab.servers(), Lab.VIP, PORT));
  }

  @AfterAll
  void takeDown() throws Exception {
    for (AutoCloseable each : open.reversed()) {
      each.close();
    }
  }

  @Test
  void drainsUntilTheLastFlowHasEndedOrTheDeadlineHasPassed() throws Exception {
    var timeouts = ServiceRules.DEFAULT.timeouts().finWait(Duration.ofSeconds(1));
    VirtualService service =
        RunningBalancer.tcp(Lab.VIP, PORT, Schedulers.roundRobin(), lab.servers())
            .rules(ServiceRules.DEFAULT.timeouts(timeouts));
    try (var balanced = start(service)) {
      InetAddress server;
      CompletionStage<DrainReport> drain;
      try (var live = Client.Live.download(lab.client(), Lab.VIP, PORT, DOWNLOAD)) {
        server = lab.servers().get(number(live.server())).ipv4();
        DrainReport late =
            EmbeddedBalancer.await(drain(balanced, service, server, Duration.ofMillis(200)));
        assertThat(late.isDrained()).isFalse();
        assertThat(late.flowsAtStart()).isEqualTo(1);
        assertThat(late.flowsLeft()).isEqualTo(1);
        assertDrains(balanced, service, server, "past its deadline");
        EmbeddedBalancer.await(balanced.balancer().apply(List.of(heavier(service))));
        assertDrains(balanced, service, server, "after an apply");

        drain = drain(balanced, service, server, Duration.ofMinutes(1));
        assertThat(Client.server(lab.client(), Lab.VIP, PORT)).isNotEqualTo(live.server());
        assertThat(drain.toCompletableFuture().isDone()).isFalse();
        assertThat(live.drainPattern()).isEqualTo(DOWNLOAD);
      }
      assertThat(EmbeddedBalancer.await(drain).isDrained()).isTrue();
      assertDrains(balanced, service, server, "without flows");
      EmbeddedBalancer.await(balanced.balancer().undrain(service.key(), server));
      assertThat(balanced.server(service.key(), server).effectiveWeight()).isEqualTo(2);
    }
  }

  @Test
  void waitsForNoConnectionThatItsClientHasClosed() throws Exception {
    VirtualService service =
        RunningBalancer.tcp(Lab.VIP, PORT, Schedulers.roundRobin(), lab.servers());
    try (var balanced = start(service)) {
      InetAddress server;
      try (var live = Client.Live.download(lab.client(), Lab.VIP, PORT, DOWNLOAD)) {
        server = lab.servers().get(number(live.server())).ipv4();
        assertThat(live.drainPattern()).isEqualTo(DOWNLOAD);
      }
      DrainReport report =
          EmbeddedBalancer.await(drain(balanced, service, server, Duration.ofSeconds(10)));

      assertThat(report.isDrained()).isTrue();
      assertThat(report.flowsLeft()).isZero();
      assertThat(report.closedFlows()).isEqualTo(1);
      assertThat(report.took()).isLessThan(Duration.ofSeconds(5));
    }
  }

  @Test
  void waitsForAConnectionThatIsOnlySilent() throws Exception {
    VirtualService service =
        RunningBalancer.tcp(Lab.VIP, PORT, Schedulers.roundRobin(), lab.servers());
    var clock = new ShiftedTicker();
    try (var balanced = EmbeddedBalancer.start(lab, b -> b.ticker(clock), service);
        var _ = lab.client().namespace().call(() -> new Socket(Lab.VIP, PORT))) {
      RunningBalancer.awaitTrue("remembered", () -> !flows(balanced).isEmpty());
      InetAddress server = flows(balanced).getFirst().server();
      clock.advance(Duration.ofSeconds(100));
      RunningBalancer.awaitTrue(
          "no load",
          () -> balanced.server(service.key(), server).traffic().activeConnections() == 0);

      DrainReport report =
          EmbeddedBalancer.await(drain(balanced, service, server, Duration.ofSeconds(2)));

      assertThat(report.isDrained()).isFalse();
      assertThat(report.flowsAtStart()).isEqualTo(1);
      assertThat(report.flowsLeft()).isEqualTo(1);
      assertThat(flows(balanced)).hasSize(1);
    }
  }

  private static List<FlowEntry> flows(EmbeddedBalancer balanced) throws Exception {
    return EmbeddedBalancer.await(balanced.balancer().flows(FlowFilter.ALL, 0, 10)).flows();
  }

  private static void assertDrains(
      EmbeddedBalancer balanced, VirtualService service, InetAddress server, String when) {
    var now = balanced.server(service.key(), server);
    assertThat(now.effectiveWeight()).as(when).isZero();
    assertThat(now.reason()).as(when).isEqualTo(WeightReason.DRAINING);
    assertThat(now.configuredWeight()).as(when).isPositive();
  }

  private static VirtualService heavier(VirtualService service) {
    return service.realServers(
        service.realServers().stream().map(server -> server.weight(2)).toList());
  }

  @Test
  void handsLiveDownloadsToAnotherBalancerByASnapshot(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("flows");
    try (var downloads = new Downloads()) {
      try (var first = start(roundRobin(1))) {
        downloads.begin();
        assertThat(EmbeddedBalancer.await(first.balancer().exportSnapshot(file)))
            .isEqualTo(DOWNLOADS);
      }
      // Of weight 0: what comes before the import is dropped, and comes again, but is not placed.
      try (var second = start(roundRobin(0))) {
        assertThat(EmbeddedBalancer.await(second.balancer().importSnapshot(file)))
            .isEqualTo(DOWNLOADS);
        EmbeddedBalancer.await(second.balancer().apply(List.of(roundRobin(1))));

        for (Client.Live live : downloads.all) {
          assertThat(live.drainPattern()).isEqualTo(DOWNLOAD);
        }
        assertThat(second.verdict("FORWARD_MIDFLOW")).isZero();
        assertThat(second.verdict("FORWARD_FLOW")).isPositive();
        downloads.end();
      }
    }
  }

  @Test
  void losesLiveDownloadsWithoutTheSnapshot() throws Exception {
    try (var downloads = new Downloads()) {
      try (var _ = start(roundRobin(1))) {
        downloads.begin();
      }
      try (var second = start(roundRobin(1))) {
        int lost = 0;
        for (Client.Live live : downloads.all) {
          lost += ends(live) ? 0 : 1;
        }
        assertThat(lost).as("downloads whose hash is not where they were").isPositive();
        assertThat(second.verdict("FORWARD_MIDFLOW")).isPositive();
        downloads.end();
      }
    }
  }

  private EmbeddedBalancer start(VirtualService service) throws Exception {
    return EmbeddedBalancer.start(lab, builder -> builder.maximumConnections(CONNECTIONS), service);
  }

  private VirtualService roundRobin(int weight) {
    List<RealServer> servers =
        lab.servers().stream().map(host -> new RealServer(host.ipv4(), weight)).toList();
    return VirtualService.tcp("195.30.70.200", PORT)
        .scheduler(Schedulers.roundRobin())
        .realServers(servers);
  }

  private static CompletionStage<DrainReport> drain(
      EmbeddedBalancer balanced, VirtualService service, InetAddress server, Duration deadline) {
    return balanced.balancer().drain(service.key(), server, deadline);
  }

  private static boolean ends(Client.Live live) {
    try {
      return live.drain() == DOWNLOAD;
    } catch (IOException reset) {
      return false;
    }
  }

  private int number(String name) {
    return lab.servers().stream().map(Host::name).toList().indexOf(name);
  }

  /** Downloads that go on until they are read; they end before the balancer that carries them. */
  private final class Downloads implements AutoCloseable {

    private final List<Client.Live> all = new ArrayList<>();

    void begin() throws IOException {
      for (int i = 0; i < DOWNLOADS; i++) {
        all.add(Client.Live.download(lab.client(), Lab.VIP, PORT, DOWNLOAD));
      }
    }

    void end() throws IOException {
      for (Client.Live live : all) {
        live.close();
      }
    }

    @Override
    public void close() throws IOException {
      end();
    }
  }
}
