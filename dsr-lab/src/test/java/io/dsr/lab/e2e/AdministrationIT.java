package io.dsr.lab.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.dsr.core.BalancerStatistics;
import io.dsr.core.RealServer;
import io.dsr.core.ServiceKey;
import io.dsr.core.Verdict;
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
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Servers come, change and go under load, and no client notices. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class AdministrationIT {

  private static final int PORT = 80;
  private static final int REQUESTS = 10_000;
  private static final int AT_ONCE = 200;
  private static final long LIVE_BYTES = 20_000_000;

  private final List<AutoCloseable> open = new ArrayList<>();
  private Lab lab;
  private List<Host> first;
  private Host fourth;

  @BeforeAll
  void build() throws Exception {
    assumeThat(Requirements.whyNot()).isEmpty();
    lab = Lab.builder().servers(4).build();
    open.add(lab);
    first = lab.servers().subList(0, 3);
    fourth = lab.servers().getLast();
    for (Host server : lab.servers()) {
      raise(server, "core/somaxconn", "4096");
      raise(server, "ipv4/tcp_max_syn_backlog", "4096");
    }
    open.add(HttpServers.start(lab.servers(), Lab.VIP, PORT));
    open.add(HttpServers.start(lab.servers(), Lab.VIP6, PORT));
  }

  @AfterAll
  void takeDown() throws Exception {
    for (AutoCloseable each : open.reversed()) {
      each.close();
    }
  }

  @Test
  void failsNoneOfTenThousandConnectionsWhileServersComeChangeAndGo() throws Exception {
    VirtualService service =
        RunningBalancer.tcp(Lab.VIP, PORT, Schedulers.weightedRoundRobin(), first);
    ServiceKey key = service.key();
    InetAddress newcomer = fourth.ipv4();
    long opened = activeOpens();
    try (var balanced = EmbeddedBalancer.start(lab, service);
        var witness =
            Witness.of(
                lab.balancer(),
                "inbound and dst host 195.30.70.200 and tcp[tcpflags] & (tcp-syn|tcp-ack) = tcp-syn")) {
      Process load = load();
      String said;
      int rounds = 0;
      long taken = 0;
      try {
        while (load.isAlive()) {
          EmbeddedBalancer.await(
              balanced.balancer().addRealServer(key, new RealServer(newcomer, 2)));
          balanced.awaitServers();
          EmbeddedBalancer.await(
              balanced.balancer().overrideWeight(key, first.getFirst().ipv4(), 1 + rounds % 5));
          EmbeddedBalancer.await(balanced.balancer().overrideWeight(key, newcomer, 4));
          Thread.sleep(50); // the pace of the changes, as the load has its own
          taken += balanced.connections(key).getOrDefault(newcomer, 0L);
          EmbeddedBalancer.await(balanced.balancer().removeRealServer(key, newcomer));
          Thread.sleep(20);
          rounds++;
        }
        said = new String(load.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(load.waitFor()).as(said).isZero();
      } finally {
        load.destroyForcibly();
      }

      assertThat(number(said, "Complete requests")).isEqualTo(REQUESTS);
      assertThat(said).doesNotContain("Non-2xx responses");
      // A length differs where server names do; those of this lab are all as long.
      assertThat(number(said, "Failed requests")).isZero();
      // ab opens some more than it completes; the client's kernel says how many.
      assertThat(balanced.verdict("FORWARD_NEW")).isEqualTo(activeOpens() - opened);
      assertThat(witness.count()).as("SYNs").isGreaterThanOrEqualTo(REQUESTS);
      assertNothingLost(balanced.balancer().statistics());
      assertThat(rounds).as("changes under load").isGreaterThan(3);
      assertThat(taken).as("connections of the newcomer").isPositive();
    }
  }

  @Test
  void leavesALiveDownloadOfARemovedServerRunningToItsEnd() throws Exception {
    for (InetAddress vip : List.of(Lab.VIP, Lab.VIP6)) {
      VirtualService service = RunningBalancer.tcp(vip, PORT, Schedulers.roundRobin(), first);
      try (var balanced = EmbeddedBalancer.start(lab, service);
          var live = Client.Live.download(lab.client(), vip, PORT, LIVE_BYTES)) {
        Host server = server(live.server());
        InetAddress address = server.addressLike(vip);

        EmbeddedBalancer.await(balanced.balancer().removeRealServer(service.key(), address));

        assertThat(servers(vip, 12)).hasSize(2).doesNotContain(server.name());
        assertThat(live.drain()).isEqualTo(LIVE_BYTES);
      }
    }
  }

  @Test
  void drainsAServerOfWeightZeroWhileItsLiveDownloadGoesOn() throws Exception {
    for (InetAddress vip : List.of(Lab.VIP, Lab.VIP6)) {
      VirtualService service = RunningBalancer.tcp(vip, PORT, Schedulers.roundRobin(), first);
      try (var balanced = EmbeddedBalancer.start(lab, service);
          var live = Client.Live.download(lab.client(), vip, PORT, LIVE_BYTES)) {
        Host server = server(live.server());
        InetAddress address = server.addressLike(vip);

        EmbeddedBalancer.await(balanced.balancer().overrideWeight(service.key(), address, 0));

        assertThat(servers(vip, 12)).hasSize(2).doesNotContain(server.name());
        assertThat(balanced.connections(service.key())).containsEntry(address, 1L);
        assertThat(live.drain()).isEqualTo(LIVE_BYTES);

        EmbeddedBalancer.await(balanced.balancer().clearOverride(service.key(), address));
        assertThat(servers(vip, 12)).hasSize(3);
      }
    }
  }

  /** What is lost makes ab slower, and no more than that. */
  private static void assertNothingLost(BalancerStatistics statistics) {
    assertThat(statistics.verdicts())
        .allSatisfy((verdict, frames) -> {
          if (verdict.name().startsWith("DROP_") || verdict == Verdict.FORWARD_MIDFLOW) {
            assertThat(frames).as("%s", verdict).isZero();
          }
        });
    assertThat(statistics.kernelDrops()).isZero();
    assertThat(statistics.sendDrops()).isZero();
  }

  private long activeOpens() throws Exception {
    String said = Command.run(lab.client(), "nstat", "-asz", "TcpActiveOpens");
    Matcher matcher = Pattern.compile("TcpActiveOpens\\s+(\\d+)").matcher(said);
    assertThat(matcher.find()).as(said).isTrue();
    return Long.parseLong(matcher.group(1));
  }

  private Process load() throws Exception {
    return lab.client()
        .namespace()
        .processBuilder(
            List.of(
                "ab",
                "-q",
                "-r",
                "-n",
                String.valueOf(REQUESTS),
                "-c",
                String.valueOf(AT_ONCE),
                "-H",
                "Connection: close",
                "http://195.30.70.200:" + PORT + "/"))
        .redirectErrorStream(true)
        .start();
  }

  private static long number(String said, String label) {
    Matcher matcher = Pattern.compile(Pattern.quote(label) + ":\\s+(\\d+)").matcher(said);
    if (!matcher.find()) {
      throw new AssertionError("ab said: " + said);
    }
    return Long.parseLong(matcher.group(1));
  }

  private Set<String> servers(InetAddress vip, int connections) throws Exception {
    return HttpCall.servers(lab.client(), vip, PORT, connections);
  }

  private Host server(String name) {
    return lab.servers().stream().filter(host -> host.name().equals(name)).findFirst().get();
  }

  private static void raise(Host host, String setting, String value) throws Exception {
    host.namespace().run(() -> Files.writeString(Path.of("/proc/sys/net", setting), value));
  }
}
