package io.dsr.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.dsr.core.VirtualService;
import io.dsr.core.scheduler.Schedulers;
import io.dsr.lab.BalancerProgram;
import io.dsr.lab.Host;
import io.dsr.lab.HttpCall;
import io.dsr.lab.HttpLoad;
import io.dsr.lab.HttpServers;
import io.dsr.lab.Lab;
import io.dsr.lab.Requirements;
import io.dsr.lab.RunningBalancer;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The bundled program as an operator has it: signals, and what is left when it is killed. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class RunCommandIT {

  private static final int PORT = 80;

  private Lab lab;
  private HttpServers http4;
  private HttpServers http6;

  @BeforeAll
  void build() throws Exception {
    assumeThat(Requirements.whyNot("tcpdump", "arping", "nft")).isEmpty();
    lab = Lab.builder().servers(2).localClient(true).ipForward(true).build();
    http4 = HttpServers.start(lab.servers(), Lab.VIP, PORT);
    http6 = HttpServers.start(lab.servers(), Lab.VIP6, PORT);
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
  @ValueSource(strings = {"tcx", "nftables"})
  void leavesNothingWhenItIsKilledAndWorksWhenItIsStartedAgain(String silence) throws Exception {
    String groups = groups();
    for (int round = 0; round < 2; round++) {
      try (BalancerProgram running = start(silence)) {
        assertThat(running.errors()).anyMatch(line -> line.contains("host suppression: "));
        awaitServed(Lab.VIP, 2);
        awaitServed(Lab.VIP6, 2);
        assertThat(arping(10)).contains("Received 1 response");
        assertThat(groups()).isNotEqualTo(groups);

        running.signal("KILL");
        running.await(5);
      }

      assertThat(arping(1)).contains("Received 0 response");
      assertThat(balancer("cat", "/proc/thread-self/net/packet").lines()).hasSize(1);
      assertThat(balancer("nft", "list", "tables")).isEmpty();
      assertThat(balancer("ip", "-d", "link", "show", "dev", "seg0")).contains("promiscuity 0");
      assertThat(groups()).isEqualTo(groups);
    }
  }

  @Test
  void exitsWithZeroWithinTwoSecondsOfSigterm() throws Exception {
    try (BalancerProgram running = start("auto")) {
      running.signal("TERM");

      assertThat(running.await(2)).isZero();
      assertThat(arping(1)).contains("Received 0 response");
    }
  }

  @Test
  void takesNewRulesOnSighupWithoutHarmToLiveConnectionsAndRefusesBadOnesWhole() throws Exception {
    try (BalancerProgram running = start("auto");
        HttpLoad load = HttpLoad.start(lab.client(), Lab.VIP, PORT, 8, 200_000)) {
      Files.writeString(running.rules(), "-A -t 195.30.70.200:80 -s rr -o\nrubbish\n");
      running.signal("HUP");
      running.awaitError("reload: rejected, the old rules stay");
      assertThat(running.errors())
          .contains(
              running.rules() + ":1: tcp 195.30.70.200:80: one-packet scheduling (expected: UDP)");
      assertThat(running.errors())
          .anyMatch(line -> line.startsWith(running.rules() + ":2: \"rubbish\""));

      running.rules(http(lab.servers().subList(0, 1)));
      running.signal("HUP");
      running.awaitError("reload: 0 added, 2 changed");
      assertThat(served(Lab.VIP)).isEqualTo(1);

      running.rules(http(lab.servers()));
      running.signal("HUP");
      awaitServed(Lab.VIP, 2);
      assertThat(load.failures()).as(() -> load.firstFailure().orElse("none")).isZero();
    }
  }

  @Test
  void endsWithAMessageThatHelpsWhereItCannotRun() throws Exception {
    assertThatThrownBy(() -> start("charm"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("--silence: charm (expected: auto, tcx, nftables or none)");
  }

  private BalancerProgram start(String silence) throws Exception {
    List<String> options = List.of("--silence=" + silence);
    return BalancerProgram.start(lab, RunIT.JAR, options, http(lab.servers()));
  }

  /** Returns services of port 80 of both VIPs, the servers in turn. */
  private static VirtualService[] http(List<Host> servers) {
    return Stream.of(Lab.VIP, Lab.VIP6)
        .map(vip -> RunningBalancer.tcp(vip, PORT, Schedulers.roundRobin(), servers))
        .toArray(VirtualService[]::new);
  }

  /** Returns how many servers answer eight connections, each from either client. */
  private long served(InetAddress vip) throws Exception {
    var names = new java.util.HashSet<String>();
    for (int i = 0; i < 24; i++) {
      Host client = i % 2 == 0 ? lab.client() : lab.localClient().orElseThrow();
      names.add(client.namespace().call(() -> HttpCall.download(vip, PORT, 1_000)).server());
    }
    return names.size();
  }

  private void awaitServed(InetAddress vip, long servers) throws Exception {
    long end = System.nanoTime() + BalancerProgram.PATIENCE.toNanos();
    long served = served(vip);
    while (served != servers && System.nanoTime() < end) {
      served = served(vip);
    }
    assertThat(served).isEqualTo(servers);
  }

  private String arping(int seconds) throws Exception {
    Host client = lab.localClient().orElseThrow();
    String vip = Lab.VIP.getHostAddress();
    return run(client, "arping", "-c1", "-w" + seconds, "-I", client.networkInterface(), vip);
  }

  /** Returns the multicast groups of the balancer's host. */
  private String groups() throws Exception {
    return balancer("ip", "-6", "maddr", "show", "dev", lab.balancer().networkInterface());
  }

  private String balancer(String... command) throws Exception {
    return run(lab.balancer(), command);
  }

  private static String run(Host host, String... command) throws Exception {
    Process process =
        host.namespace().processBuilder(List.of(command)).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    return output;
  }
}
