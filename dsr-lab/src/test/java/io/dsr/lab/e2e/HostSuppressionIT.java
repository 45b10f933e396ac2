package io.dsr.lab.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.dsr.lab.EmbeddedBalancer;
import io.dsr.lab.Host;
import io.dsr.lab.HttpCall;
import io.dsr.lab.HttpServers;
import io.dsr.lab.Lab;
import io.dsr.lab.Requirements;
import io.dsr.lab.RunningBalancer;
import io.dsr.netty.HostSuppression;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** On a host that forwards, only the balancer forwards, and nobody answers for the VIP. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class HostSuppressionIT {

  private static final int CONNECTIONS = 60;
  private static final Duration PATIENCE = Duration.ofSeconds(15);
  private static final String TO_VIP =
      "(dst host 195.30.70.200 or dst host 2001:db8:70::200) and tcp dst port 80";

  /**
   * What leaves the balancer's host and is neither a client's frame nor ours to find neighbours.
   */
  private static final String STRANGE =
      "not arp"
          + " and not (dst host 195.30.70.200 or dst host 2001:db8:70::200)"
          + " and not (icmp6 and (ip6[40] = 133 or ip6[40] = 135 or ip6[40] = 136))"
          + " and not ip6 proto 0";

  private Lab lab;
  private HttpServers http4;
  private HttpServers http6;

  @BeforeAll
  void build() throws Exception {
    assumeThat(Requirements.whyNot("tcpdump")).isEmpty();
    lab = Lab.builder().servers(2).localClient(true).ipForward(true).build();
    http4 = HttpServers.start(lab.servers(), Lab.VIP, EmbeddedBalancer.HTTP);
    http6 = HttpServers.start(lab.servers(), Lab.VIP6, EmbeddedBalancer.HTTP);
  }

  @AfterAll
  void takeDown() {
    if (lab != null) {
      http4.close();
      http6.close();
      lab.close();
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = HostSuppression.class,
      names = {"TCX", "NFTABLES"})
  void sendsEachSynToExactlyOneServerExactlyOnceAndNothingElseOut(HostSuppression silence)
      throws Exception {
    try (EmbeddedBalancer balancer = EmbeddedBalancer.startHttp(lab, silence);
        Recorder first = Recorder.of(lab.servers().get(0), "in");
        Recorder second = Recorder.of(lab.servers().get(1), "in");
        Recorder host = Recorder.of(lab.balancer(), "out")) {
      connect(lab.client());
      connect(lab.localClient().orElseThrow());

      List<String> syns = new ArrayList<>(syns(first));
      syns.addAll(syns(second));
      assertThat(syns).doesNotHaveDuplicates();
      assertThat(syns.stream().map(HostSuppressionIT::connection).distinct())
          .hasSize(4 * CONNECTIONS);
      assertThat(host.lines(STRANGE)).isEmpty();
      assertThat(balancer.balancer().statistics().kernelDrops()).isZero();
    }
  }

  @Test
  void isHeardWhereNothingSilencesIt() throws Exception {
    try (EmbeddedBalancer _ = EmbeddedBalancer.startHttp(lab, HostSuppression.NONE);
        Recorder host = Recorder.of(lab.balancer(), "out")) {
      connect(lab.client());
      // Once the kernel gives up on the neighbour that it looks for in vain, if not before.
      RunningBalancer.awaitTrue("the kernel's words", () -> !host.linesSoFar(STRANGE).isEmpty());

      assertThat(host.lines(STRANGE)).isNotEmpty();
    }
  }

  private static void connect(Host client) throws Exception {
    for (InetAddress vip : List.of(Lab.VIP, Lab.VIP6)) {
      for (int i = 0; i < CONNECTIONS; i++) {
        var answer =
            client.namespace().call(() -> HttpCall.download(vip, EmbeddedBalancer.HTTP, 1_000));
        assertThat(answer.bytes()).isEqualTo(1_000);
      }
    }
  }

  /**
   * Returns client, port, sequence number and time of each SYN for a VIP: one that a client sends
   * again has another time, a copy of a frame has not.
   */
  private static List<String> syns(Recorder witness) throws Exception {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (syns(witness.linesSoFar(TO_VIP)).size() < 2 * CONNECTIONS && System.nanoTime() < end) {
      Thread.sleep(50); // tcpdump is behind
    }
    return syns(witness.lines(TO_VIP));
  }

  private static List<String> syns(List<String> lines) {
    return lines.stream()
        .filter(line -> line.contains("Flags [S]"))
        .map(line ->
            line.replaceAll("^.*length \\d+: ", "").replaceAll(", win.*TS val (\\d+).*$", " at $1"))
        .toList();
  }

  private static String connection(String syn) {
    return syn.replaceAll(" at \\d+$", "");
  }
}
