package io.dsr.lab.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.dsr.core.IpPrefix;
import io.dsr.core.PortRange;
import io.dsr.core.Protocol;
import io.dsr.core.ServiceKey;
import io.dsr.core.VipOwnership;
import io.dsr.core.VirtualService;
import io.dsr.core.scheduler.Schedulers;
import io.dsr.lab.EmbeddedBalancer;
import io.dsr.lab.HttpCall;
import io.dsr.lab.HttpServers;
import io.dsr.lab.Lab;
import io.dsr.lab.Requirements;
import io.dsr.lab.RunningBalancer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Two balancers on one host: not for one VIP on one interface, but beside each other else. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class TwoBalancersIT {

  private static final int PORT = 80;
  private static final long SELF = ProcessHandle.current().pid();

  private static final String NOBODY = "os.setgid(65534); os.setuid(65534)";

  private Lab lab;
  private HttpServers http;

  @BeforeAll
  void build() throws Exception {
    assumeThat(Requirements.whyNot("python3")).isEmpty();
    lab = Lab.builder().servers(2).build();
    http = HttpServers.start(lab.servers(), Lab.VIP, PORT);
  }

  @AfterAll
  void takeDown() {
    if (http != null) {
      http.close();
    }
    if (lab != null) {
      lab.close();
    }
  }

  @Test
  void refusesASecondOneForTheSameVipAndNamesTheFirst() throws Exception {
    try (var _ = EmbeddedBalancer.start(lab, service())) {
      assertThatThrownBy(() -> start(service()).close())
          .isInstanceOf(IOException.class)
          .hasMessage(
              "VIP 195.30.70.200 on seg0 is owned by another balancer of this process, "
                  + SELF
                  + " (expected: one balancer for a VIP on an interface; cure: end the other one, or"
                  + " let one of them stand by)");
      assertServes();
    }
    start(service()).close(); // nothing is left of the first
  }

  @Test
  void refusesNetworksThatOverlapAndAChangeThatAddsAVipOfAnother() throws Exception {
    VirtualService network =
        VirtualService.of(
                new ServiceKey(
                    Protocol.TCP, IpPrefix.parse("195.30.70.192/27"), PortRange.of(PORT)))
            .realServer("195.30.70.101");
    VirtualService other = VirtualService.tcp("195.30.70.64", PORT).realServer("195.30.70.101");
    try (var first = EmbeddedBalancer.start(lab, service());
        var second = start(other)) {
      assertThatThrownBy(() -> start(network).close())
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith("VIP 195.30.70.192/27 on seg0 is owned by")
          .hasMessageContaining(", as part of 195.30.70.200 (");

      assertThatThrownBy(
              () -> EmbeddedBalancer.await(second.balancer().apply(List.of(other, service()))))
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith("VIP 195.30.70.200 on seg0 is owned by");
      assertThat(second.balancer().services()).containsExactly(other);
      assertServes();

      EmbeddedBalancer.await(first.balancer().apply(List.of()));
      RunningBalancer.awaitTrue(
          "the first has let go of it",
          () -> {
            try {
              EmbeddedBalancer.await(second.balancer().apply(List.of(other, service())));
              return true;
            } catch (IOException e) {
              return false;
            }
          });
      second.awaitServers();
      assertServes();
    }
  }

  @Test
  void letsOneStandByBesideTheOwnerAndTakeOver() throws Exception {
    try (var owner = EmbeddedBalancer.start(lab, service());
        var standby =
            EmbeddedBalancer.startReady(lab, b -> b.ownership(VipOwnership.STANDBY), service())) {
      standby.awaitServers();
      assertThatThrownBy(() -> EmbeddedBalancer.await(standby.balancer().own()))
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith("VIP 195.30.70.200 on seg0 is owned by");
      assertServes();
      assertThat(standby.verdict("FORWARD_NEW")).isZero();

      EmbeddedBalancer.await(owner.balancer().standby());
      EmbeddedBalancer.await(standby.balancer().own());

      assertServes();
      assertThat(standby.verdict("FORWARD_NEW")).isPositive();
      assertThatThrownBy(() -> EmbeddedBalancer.await(owner.balancer().own()))
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void namesAnotherProcessThatHoldsItsNameAndForgetsItOnceItIsKilled() throws Exception {
    Process holder = hold("");
    try {
      assertThatThrownBy(() -> start(service()).close())
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith(
              "VIP 195.30.70.200 on seg0 is owned by process " + holder.pid() + " (python3");
    } finally {
      holder.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
    }
    start(service()).close();
  }

  @Test
  void isNotKeptFromItsVipByAStrangerOfAnotherUser() throws Exception {
    Process stranger = hold(NOBODY);
    try (var _ = EmbeddedBalancer.start(lab, service())) {
      assertServes();
    } finally {
      stranger.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
    }
  }

  @Test
  void tellsItselfFromABalancerOfTheSameProcessNumberInAnotherContainer() throws Exception {
    VirtualService other = VirtualService.tcp("195.30.70.64", PORT).realServer("195.30.70.101");
    try (var balanced = start(other)) {
      Process holder = hold("", ownerInNames("195.30.70.64"), "195.30.70.192/27", 1);
      try {
        assertThatThrownBy(
                () -> EmbeddedBalancer.await(balanced.balancer().apply(List.of(other, service()))))
            .isInstanceOf(IOException.class)
            .hasMessageStartingWith("VIP 195.30.70.200 on seg0 is owned by process " + holder.pid())
            .hasMessageContaining(", as part of 195.30.70.192/27 (");
      } finally {
        holder.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
      }
    }
  }

  /** Returns how the owner of a VIP calls itself in the name that it holds. */
  private String ownerInNames(String vip) throws Exception {
    return Command.run(lab.balancer(), "cat", "/proc/net/unix")
        .lines()
        .filter(line -> line.contains("@dsr/") && line.endsWith("/" + vip))
        .map(line -> line.substring(line.indexOf("@dsr/")).split("/", 4)[2])
        .findFirst()
        .orElseThrow();
  }

  @Test
  void isNotKeptFromItsVipByAStrangerWhoTakesTheNamesOfItsProcess() throws Exception {
    Process stranger = hold(NOBODY, SELF + ".%d", Lab.VIP.getHostAddress(), 100);
    try (var _ = EmbeddedBalancer.start(lab, service())) {
      assertServes();
    } finally {
      stranger.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
    }
  }

  @Test
  void isNotKeptFromItsVipByAStrangerWhoLetsNobodyAsk() throws Exception {
    String deaf = "socket.socket.listen = lambda s: (listen(s, 0), connect(s.getsockname()))";
    Process stranger =
        hold(
            String.join(
                "\n",
                NOBODY,
                "listen = socket.socket.listen",
                "asker = socket.socket(socket.AF_UNIX)",
                "connect = asker.connect",
                deaf));
    try (var _ = EmbeddedBalancer.start(lab, service())) {
      assertServes();
    } finally {
      stranger.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
    }
  }

  @Test
  void isNotKeptFromItsVipByAStrangerWithCapabilitiesOfItsOwnMaking() throws Exception {
    String namespace =
        "assert ctypes.CDLL(None).unshare(0x10000000) == 0\n"
            + "assert 'CapEff:\\t0000000000000000' not in open('/proc/self/status').read()";
    Process stranger = hold(NOBODY + "\n" + namespace);
    try (var _ = EmbeddedBalancer.start(lab, service())) {
      assertServes();
    } finally {
      stranger.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
    }
  }

  @Test
  void isKnownAsTheOwnerHoweverManyHaveAsked() throws Exception {
    try (var _ = EmbeddedBalancer.start(lab, service())) {
      String asking =
          """
          import socket
          name = [l.split()[-1] for l in open('/proc/net/unix') if '@dsr/' in l][0]
          for i in range(10000):
            s = socket.socket(socket.AF_UNIX)
            s.setblocking(False)
            try:
              s.connect('\\0' + name[1:])
            except BlockingIOError:
              break
            s.close()
          """;
      String _ = Command.run(lab.balancer(), "python3", "-c", asking);
      assertThatThrownBy(() -> start(service()).close())
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith(
              "VIP 195.30.70.200 on seg0 is owned by another balancer of this process");
    }
  }

  /** Has another process hold the VIP's name, as a balancer would, or as nobody should. */
  private Process hold(String before) throws Exception {
    return hold(before, "' + str(os.getpid()) + '.1", Lab.VIP.getHostAddress(), 1);
  }

  /** Has another process hold some names of a VIP; {@code %d} in the owner counts them. */
  private Process hold(String before, String owner, String vip, int names) throws Exception {
    String program =
        String.join(
            "\n",
            "import ctypes, os, socket, time",
            before,
            "link = socket.if_nametoindex('seg0')",
            "held = []",
            "for i in range(1, 1 + " + names + "):",
            "  s = socket.socket(socket.AF_UNIX)",
            "  name = '\\0dsr/' + str(link) + '/' + '"
                + owner
                + "'.replace('%d', str(i)) + '/"
                + vip
                + "'",
            "  s.bind(name)",
            "  s.listen()",
            "  held.append(s)",
            "print('holds', flush=True)",
            "time.sleep(60)");
    Process process =
        lab.balancer()
            .namespace()
            .processBuilder(List.of("python3", "-c", program))
            .redirectErrorStream(true)
            .start();
    assertThat(process.inputReader(StandardCharsets.UTF_8).readLine()).isEqualTo("holds");
    return process;
  }

  private EmbeddedBalancer start(VirtualService service) throws Exception {
    return EmbeddedBalancer.startReady(lab, b -> b, service);
  }

  private void assertServes() throws Exception {
    assertThat(HttpCall.servers(lab.client(), Lab.VIP, PORT, 8))
        .containsExactlyInAnyOrder("server1", "server2");
  }

  private VirtualService service() {
    return RunningBalancer.tcp(Lab.VIP, PORT, Schedulers.roundRobin(), lab.servers());
  }
}
