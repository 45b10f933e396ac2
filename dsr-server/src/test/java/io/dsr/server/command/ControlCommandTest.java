package io.dsr.server.command;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dsr.core.DrainReport;
import io.dsr.core.FlowFilter;
import io.dsr.core.IpPrefix;
import io.dsr.core.WeightReason;
import io.dsr.server.control.ControlClient;
import io.dsr.server.control.ControlException;
import io.dsr.server.control.ControlServer;
import io.dsr.server.control.FakeBalancer;
import io.dsr.server.control.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine.ExitCode;

@Timeout(60)
final class ControlCommandTest {

  private final FakeBalancer balancer = new FakeBalancer(3);
  @TempDir private Path directory;
  private CommandLineFixture dsr;

  @BeforeEach
  void open() throws IOException {
    dsr = new CommandLineFixture(directory, balancer);
  }

  @AfterEach
  void close() throws IOException {
    dsr.close();
  }

  @Test
  void showsTheStatusAligned() {
    assertThat(dsr.run("status", "--aligned")).isZero();
    assertThat(dsr.out())
        .containsExactly(
            "service / server       weight  override  now  MAC                active"
                + "  inactive   total    packets           bytes  note",
            "tcp 192.0.2.10:80                                                    13"
                + "     3,456  78,902  1,234,568  98,765,432,160  wlc",
            "  192.0.2.21                3              3  02:00:00:00:00:21      12"
                + "     3,456  78,901  1,234,567  98,765,432,100  configured",
            "  192.0.2.22                2         7    0  -                       1"
                + "         0       1          1              60  unhealthy: HTTP 503",
            "udp [2001:db8::10]:53                                                 0"
                + "         0       0          0               0  wlc",
            "interface  state   loop  received  dropped    sent  not sent",
            "eth0       in use   all    80,000        5  79,995         0",
            "                      0    60,000",
            "                      1    20,000",
            "frames                   count",
            "FORWARD_NEW             78,902",
            "received by the kernel  80,000",
            "dropped by the kernel        5",
            "not sent                     0");
  }

  @Test
  void showsTheStatusPlainWhereThereIsNoTerminal() {
    assertThat(dsr.run("status")).isZero();
    assertThat(dsr.out())
        .contains(
            "192.0.2.21\t3\t\t3\t02:00:00:00:00:21\t12\t3456\t78901\t1234567\t98765432100"
                + "\tconfigured",
            "FORWARD_NEW\t78902");
  }

  @Test
  void showsTheStatusAsJson() throws Exception {
    assertThat(dsr.run("status", "--json")).isZero();
    assertThat(dsr.out()).hasSize(1);
    var answer = Json.parse(dsr.out().getFirst());
    assertThat(answer.path("version").intValue()).isEqualTo(1);
    assertThat(answer.at("/services/0/keys/1").asText()).isEqualTo("tcp 192.0.2.10:443");
    assertThat(answer.at("/services/0/servers/0/bytes").longValue()).isEqualTo(98_765_432_100L);
    assertThat(answer.at("/verdicts").size()).isEqualTo(1);
    assertThat(answer.at("/services/0/servers/0").toString())
        .contains("\"weight\":3,\"effectiveWeight\":3,\"reason\":\"configured\"")
        .contains("\"health\":\"unknown\"")
        .doesNotContain("override")
        .doesNotContain("healthReason");
    assertThat(answer.at("/services/0/servers/1").toString())
        .contains("\"weight\":2,\"override\":7,\"effectiveWeight\":0,\"reason\":\"unhealthy\"")
        .contains("\"health\":\"down\",\"healthReason\":\"HTTP 503\"");
  }

  @Test
  void listsFlowsAligned() {
    assertThat(dsr.run("flows", "--aligned")).isZero();
    assertThat(dsr.out())
        .containsExactly(
            "service            client         vip            server      state        load    "
                + "  expires",
            "tcp 192.0.2.10:80  10.0.0.0:1024  192.0.2.10:80  192.0.2.21  FIN_WAIT     inactive"
                + "    14:59",
            "tcp 192.0.2.10:80  10.0.0.1:1025  192.0.2.10:80  192.0.2.22  ESTABLISHED  active  "
                + "    14:59",
            "tcp 192.0.2.10:80  10.0.0.2:1026  192.0.2.10:80  192.0.2.21  ESTABLISHED  active  "
                + "    14:59");
  }

  @Test
  void listsFlowsOfAFilterPlain() {
    assertThat(
            dsr.run(
                "flows",
                "--service",
                "tcp",
                "192.0.2.10:443",
                "--client=10.0.0.0/24",
                "--server=192.0.2.21",
                "--state=established"))
        .isZero();
    assertThat(dsr.out())
        .containsExactly(
            "service\tclient\tvip\tserver\tstate\tload\texpires",
            "tcp 192.0.2.10:80\t10.0.0.2:1026\t192.0.2.10:80\t192.0.2.21\tESTABLISHED\tactive"
                + "\t899");
  }

  @Test
  void countsFlowsAndTellsWhenNoneMatch() {
    assertThat(dsr.run("flows", "--count", "--server", "192.0.2.21")).isZero();
    assertThat(dsr.out()).containsExactly("2");

    assertThat(dsr.run("flows", "--client", "192.0.2.0/24")).isZero();
    assertThat(dsr.out()).isEmpty();
    assertThat(dsr.errors()).isEqualTo("no flows match" + System.lineSeparator());
  }

  @Test
  void forgetsWhatAFilterMeansAndNothingWithoutOne() {
    assertThat(dsr.run("flows", "--forget")).isEqualTo(ExitCode.USAGE);
    assertThat(dsr.errors()).startsWith("flows: --forget: no filter (expected: --service");
    assertThat(balancer.calls).isEmpty();

    assertThat(dsr.run("flows", "--forget", "--client", "10.0.0.0/8")).isZero();
    assertThat(dsr.out()).containsExactly("forgot 12,345 flows");
    assertThat(dsr.run("sessions", "--forget", "--all")).isZero();
    assertThat(dsr.out()).containsExactly("forgot 3 sessions");
    assertThat(balancer.calls)
        .containsExactly(
            "forgetFlows " + FlowFilter.ALL.client(IpPrefix.parse("10.0.0.0/8")),
            "forgetPersistence " + FlowFilter.ALL);
  }

  @Test
  void listsSessions() {
    assertThat(dsr.run("sessions", "--aligned")).isZero();
    assertThat(dsr.out())
        .containsExactly(
            "service            client    server      pinned  expires",
            "tcp 192.0.2.10:80  10.0.0.0  192.0.2.21            01:01",
            "tcp 192.0.2.10:80  10.0.0.1  192.0.2.21  pinned    never",
            "tcp 192.0.2.10:80  10.0.0.2  192.0.2.21            01:01");
  }

  @Test
  void explainsAFrameInSentences() {
    assertThat(dsr.run("explain", "--aligned", "--tcp", "198.51.100.7:40000", "192.0.2.10:80"))
        .isZero();
    assertThat(dsr.out())
        .containsExactly(
            "It is the first frame of a flow.",
            "Nobody pinned its client.",
            "The scheduler wlc chose from:",
            "server      weight  override  now  active  inactive  note",
            "192.0.2.21       3              3   1,200     3,456  configured",
            "192.0.2.22       2         7    0       1         0  unreachable",
            "FORWARD_NEW: it goes to 192.0.2.21 at 02:00:00:00:00:21.");
  }

  @Test
  void sendsAFrameOfHexadecimalDigitsAsItIs() {
    assertThat(dsr.run("explain", "--frame", "02:00 5eFF")).isZero();
    assertThat(balancer.explained).containsExactly(0x02, 0x00, 0x5e, 0xff);
  }

  @Test
  void previewsAFileOfRulesHoweverLong() throws IOException {
    List<String> rules = new ArrayList<>();
    for (int i = 0; i < 2_000; i++) {
      rules.add("# \"a comment\" of a file that no single request holds, number " + i);
      rules.add("-A -t 10.1." + (i >> 8) + "." + ((i & 0xff) | 1) + ":" + (1_000 + i));
    }
    Path file = Files.write(directory.resolve("rules"), rules);

    assertThat(dsr.run("preview", "--aligned", file.toString())).isZero();
    assertThat(balancer.previewed).hasSize(2_000);
    assertThat(dsr.out())
        .containsExactly(
            "service                    flows  moved  unprotected  hash moved  unavoidable"
                + "  change",
            "tcp 192.0.2.10:80      2,000,000     12          345  34.6 %      33.3 %     "
                + "  a server more",
            "udp [2001:db8::10]:53          5      5            5  -           100.0 %    "
                + "  removed");
  }

  @Test
  void previewsALineThatNoSingleRequestHolds() throws IOException {
    String ports = IntStream.range(0, 30_000).mapToObj(i -> "" + (1 + 2 * i)).collect(joining(","));
    Path file =
        Files.write(
            directory.resolve("rules"),
            List.of("# first", "-A -t 10.1.0.1:" + ports + " -s rr", "-A -t 10.1.0.2:80"));

    assertThat(dsr.run("preview", file.toString())).as(dsr.errors()).isZero();
    assertThat(balancer.previewed).hasSize(2);
    assertThat(balancer.previewed.getFirst().keys()).hasSize(30_000);
  }

  @Test
  void refusesAStateThatNoFlowCanHave() {
    assertThat(dsr.run("flows", "--state", "BOGUS")).isEqualTo(ExitCode.USAGE);
    assertThat(dsr.errors())
        .contains("flows: state: \"BOGUS\" (expected: one of NONE, ESTABLISHED, SYN_SENT, ");
  }

  @Test
  void saysThatABalancerWithoutRulesReloadsNothing() {
    assertThat(dsr.run("reload")).isEqualTo(ExitCode.SOFTWARE);
    assertThat(dsr.errors()).contains("reload: this program has no rules to read again");
  }

  @Test
  void tellsEachFaultOfAFileOfRules() throws IOException {
    Path file = Files.writeString(directory.resolve("rules"), "-A -t nonsense\n-X\n");

    assertThat(dsr.run("preview", file.toString())).isEqualTo(ExitCode.USAGE);
    assertThat(dsr.errors()).contains(file + ":1: ").contains(file + ":2: ");
    Files.writeString(file, "");
    assertThat(dsr.run("preview", file.toString())).isZero();
    assertThat(dsr.out()).containsExactly("nothing would change");
  }

  @ParameterizedTest
  @CsvSource({"tcp 192.0.2.10:80,", "tcp,192.0.2.10:80", "-t,192.0.2.10:443"})
  void setsAWeightOfAServiceInAnyForm(String first, String second) {
    String[] words =
        second == null
            ? new String[] {first, "192.0.2.21", "weight=0"}
            : new String[] {first, second, "192.0.2.21", "weight=0"};

    assertThat(dsr.run("set", words)).as(dsr.errors()).isZero();
    assertThat(balancer.calls).containsExactly("overrideWeight tcp 192.0.2.10:80 192.0.2.21 0");
    assertThat(dsr.out()).containsExactly("tcp 192.0.2.10:80: 192.0.2.21 has weight 0, was 3");
  }

  @Test
  void givesAServerItsConfiguredWeightAgain() {
    balancer.override = OptionalInt.of(0);

    assertThat(dsr.run("set", "tcp", "192.0.2.10:80", "192.0.2.21", "weight=configured")).isZero();
    assertThat(balancer.calls).containsExactly("clearOverride tcp 192.0.2.10:80 192.0.2.21");
    assertThat(dsr.out())
        .containsExactly("tcp 192.0.2.10:80: 192.0.2.21 has its configured weight 3, was 0");
  }

  @Test
  void undrainsAndTellsTheWeightThatComesOfIt() {
    balancer.effective = 0;
    balancer.reason = WeightReason.DRAINING;

    assertThat(dsr.run("undrain", "tcp", "192.0.2.10:80", "192.0.2.21")).isZero();
    assertThat(dsr.run("undrain", "tcp", "192.0.2.10:80", "192.0.2.22", "--json")).isZero();
    assertThat(balancer.calls)
        .containsExactly(
            "undrain tcp 192.0.2.10:80 192.0.2.21", "undrain tcp 192.0.2.10:80 192.0.2.22");
    assertThat(dsr.out().getFirst())
        .contains("\"changed\":false,\"effectiveWeight\":0,\"reason\":\"unhealthy\"");
    assertThat(dsr.run("undrain", "tcp", "192.0.2.10:80", "192.0.2.21")).isZero();
    assertThat(dsr.out())
        .containsExactly(
            "tcp 192.0.2.10:80: 192.0.2.21 was not draining; its weight is now 3 (configured)");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "set tcp 192.0.2.10:80 192.0.2.21 | (expected: SERVICE SERVER weight=N|configured, with",
        "set tcp 192.0.2.10:80 192.0.2.21 weight=-1 | (expected: weight=N with N from 0 to 65535, or",
        "undrain tcp 192.0.2.10:80 192.0.2.99 | (expected: 192.0.2.21, 192.0.2.22)",
        "undrain tcp 192.0.2.10:80 | (expected: SERVICE SERVER, where SERVICE is tcp 192.0.2.10:80",
        "set tcp 192.0.2.10:80 192.0.2.21 weight=65536 | setting: \"weight=65536\" (expected:",
        "set tcp 192.0.2.10:80 192.0.2.99 weight=1 | (expected: 192.0.2.21, 192.0.2.22)",
        "set tcp 192.0.2.11:80 192.0.2.21 weight=1 | does not exist (expected: tcp 192.0.2.10:80,",
        "set tcp nonsense 192.0.2.21 weight=1 | service: \"tcp nonsense\" (expected: a protocol",
        "set tcp 192.0.2.10:80 web1 weight=1 | server: \"web1\" (expected: an IPv4 or IPv6",
        "drain tcp 192.0.2.10:80 192.0.2.21 --deadline soon | --deadline: \"soon\" (expected: a",
        "explain --tcp 192.0.2.1 192.0.2.10:80 | --tcp client: \"192.0.2.1\" (expected: ADDRESS",
        "explain --udp 192.0.2.1:1 192.0.2.10:80 --flags ack | --flags without --tcp",
        "explain --tcp 192.0.2.1:1 [2001:db8::1]:80 | different address families (expected: both IPv4",
        "explain --tcp 192.0.2.1:1 192.0.2.10:80 --flags none | --flags: \"none\" (expected: a comma-separated",
        "explain --udp 192.0.2.1:1 192.0.2.10:80 --udp 192.0.2.1:1 192.0.2.10:80 | two frames",
        "explain | (--tcp=ADDRESS:PORT",
        "snapshot copy /tmp/x | snapshot: \"copy\" (expected: export or import)",
        "preview /nowhere/rules | /nowhere/rules does not exist (expected: a rules file, or -)",
        "flows --client 10.0.0.1/8 | (expected: 10.0.0.0/8, without host bits)",
      })
  void tellsWrongUsage(String line, String message) {
    String[] words = line.split(" ", -1);
    String[] arguments = java.util.Arrays.copyOfRange(words, 1, words.length);

    assertThat(dsr.run(words[0], arguments)).isEqualTo(ExitCode.USAGE);
    assertThat(dsr.errors()).contains(message);
    assertThat(balancer.calls).isEmpty();
  }

  @Test
  void drainsUntilTheLastFlowHasGone() {
    assertThat(dsr.run("drain", "tcp", "192.0.2.10:80", "192.0.2.21", "--deadline=5m")).isZero();
    assertThat(balancer.calls).containsExactly("drain tcp 192.0.2.10:80 192.0.2.21 PT5M");
    assertThat(dsr.out())
        .containsExactly(
            "tcp 192.0.2.10:80: 192.0.2.21 has no active flows after 1.5 s (7 at the start), 3 that"
                + " are closed");
  }

  @Test
  void showsProgressAndFailsWhenTheDeadlinePasses() {
    var drained = new CompletableFuture<DrainReport>();
    balancer.drained = drained;
    var report = new DrainReport(1_234, 5, Duration.ofSeconds(1));
    balancer.onStatistics = () -> drained.complete(report); // which the first progress asks for

    assertThat(dsr.run("drain", "-t", "192.0.2.10:80", "192.0.2.21", "--deadline", "1s"))
        .isEqualTo(ExitCode.SOFTWARE);
    assertThat(dsr.errors()).contains("draining: 12 active, 3,456 inactive");
    assertThat(dsr.out())
        .containsExactly(
            "tcp 192.0.2.10:80: 192.0.2.21 still has 5 active flows after 1.0 s (1,234 at the start)");
  }

  @Test
  void connectsAnewWhereItsConnectionIsNotFresh() throws Exception {
    try (var server =
            ControlServer.open(
                directory.resolve("fresh"),
                balancer,
                new ControlServer.Limits(1, Duration.ofSeconds(20), Duration.ofSeconds(20)));
        var client = new ControlClient(directory.resolve("fresh"), Duration.ZERO)) {
      assertThat(server).isNotNull();
      for (int i = 0; i < 20; i++) {
        assertThat(askUntilServed(client)).isEqualTo(1);
      }
    }
  }

  @Test
  void connectsAnewAfterItWasRefused() throws Exception {
    var limits = new ControlServer.Limits(1, Duration.ofSeconds(20), Duration.ofSeconds(20));
    try (var server = ControlServer.open(directory.resolve("full"), balancer, limits);
        var second = new ControlClient(directory.resolve("full"))) {
      assertThat(server).isNotNull();
      try (var first = new ControlClient(directory.resolve("full"))) {
        assertThat(askUntilServed(first)).isEqualTo(1);
        for (int i = 0; i < 3; i++) {
          assertThatThrownBy(() -> second.ask(ControlCommand.request("status")))
              .isInstanceOf(ControlException.class)
              .hasMessageContaining("clients are already connected");
        }
      }
      assertThat(askUntilServed(second)).isEqualTo(1);
    }
  }

  @Test
  void connectsAnewOnceTheBalancerHasHungUp() throws Exception {
    try (var server =
            ControlServer.open(
                directory.resolve("hasty"),
                balancer,
                new ControlServer.Limits(1, Duration.ofMillis(300), Duration.ofSeconds(5)));
        var client = new ControlClient(directory.resolve("hasty"), Duration.ofMillis(100))) {
      assertThat(server).isNotNull();
      assertThat(askUntilServed(client)).isEqualTo(1);
      try (var other = new ControlClient(directory.resolve("hasty"), Duration.ZERO)) {
        // There is room for one: another is served once the server has hung up on the first.
        assertThat(askUntilServed(other)).isEqualTo(1);
      }
      assertThat(askUntilServed(client)).isEqualTo(1);
    }
  }

  /** Asks, again while the server has not noticed yet that the connection before has gone. */
  private static int askUntilServed(ControlClient client) throws InterruptedException {
    while (true) {
      try {
        return client.ask(ControlCommand.request("status")).path("version").intValue();
      } catch (ControlException e) {
        assertThat(e).hasMessageContaining("clients are already connected");
        Thread.sleep(1); // until another connection has ended
      }
    }
  }

  @Test
  void writesSnapshotsAndTellsWhyOneCannotBeRead() {
    assertThat(dsr.run("snapshot", "export", "/tmp/flows")).isZero();
    assertThat(dsr.out()).containsExactly("wrote 2,000,000 records to /tmp/flows");

    assertThat(dsr.run("snapshot", "import", "/tmp/flows")).isEqualTo(ExitCode.SOFTWARE);
    assertThat(dsr.errors()).contains("snapshot: IOException: /tmp/flows: not a snapshot");
  }

  @Test
  void tellsTheCureWhereNoBalancerListens() throws IOException {
    Path none = directory.resolve("none");
    assertThat(dsr.runAt(none, "status")).isEqualTo(ExitCode.SOFTWARE);
    assertThat(dsr.errors())
        .startsWith("status: --control: there is no socket " + none)
        .contains("(cure: start the balancer with dsr run --control " + none + ")");

    Path dead = directory.resolve("dead");
    try (var channel =
        java.nio.channels.ServerSocketChannel.open(java.net.StandardProtocolFamily.UNIX)) {
      channel.bind(java.net.UnixDomainSocketAddress.of(dead));
    }
    assertThat(dsr.runAt(dead, "status")).isEqualTo(ExitCode.SOFTWARE);
    assertThat(dsr.errors()).contains("nobody listens at " + dead);
  }
}
