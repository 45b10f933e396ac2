package io.dsr.server.command;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.scheduler.Schedulers;
import io.dsr.rules.RulesParser;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

final class ConvertCommandTest {

  private static final String CHECK =
      " is not carried over: dsr checks servers by ARP only; set the weight to 0 from your own"
          + " check";
  private static final String OF_CHECKS =
      " is not carried over: it configures health checks, and dsr checks by ARP only";

  private final StringWriter out = new StringWriter();
  private final StringWriter errors = new StringWriter();
  @TempDir private Path directory;

  @Test
  void carriesVirtualServersOfKeepalived() throws Exception {
    assertThat(convert("keepalived", resource("web.conf"))).isEqualTo(1);

    assertThat(out.toString().lines())
        .containsExactly(
            "# list what netfilter marks, such as: --fwmark 7 -t [2001:db8::10]:80 -t"
                + " [2001:db8::10]:443",
            "-A -t 192.0.2.10:80 -s sh -b sh-port,sh-fallback -p 50 -M 255.255.255.0"
                + " --minimum-servers 1",
            "-a -t 192.0.2.10:80 -r 192.0.2.21:80 -g -w 1 -x 1000 -y 500",
            "-a -t 192.0.2.10:80 -r 192.0.2.22:80 -g -w 3",
            "-a -t 192.0.2.10:80 -r 192.0.2.99:80 -g -w 1 --tier 255",
            "-A -u 192.0.2.12:53 -s rr -o",
            "-a -u 192.0.2.12:53 -r 192.0.2.31:53 -g -w 1",
            "-A -u 192.0.2.13:53 -s rr -o",
            "-a -u 192.0.2.13:53 -r 192.0.2.31:53 -g -w 1",
            "-A -u 192.0.2.14:53 -s rr -o",
            "-a -u 192.0.2.14:53 -r 192.0.2.31:53 -g -w 1",
            "-A -f 7 -6 -s wlc -p 360",
            "-a -f 7 -6 -r [2001:db8::21]:0 -g -w 5",
            "-A -t 192.0.2.17:80 -s rr",
            "-a -t 192.0.2.17:80 -r 192.0.2.42:80 -g -w 1");
  }

  @Test
  void namesWhatItLeavesOutOfKeepalivedLineByLine() throws Exception {
    convert("keepalived", resource("web.conf"));

    assertThat(told())
        .containsExactly(
            "3: note: global_defs is not carried over: it does not affect packets",
            "10: vrrp_instance is not carried over: dsr announces its VIPs itself and has no VRRP",
            "24: note: delay_loop" + OF_CHECKS,
            "32: quorum of weight 2 becomes --minimum-servers 1: with fewer servers, the rest keep"
                + " working beside the sorry_server",
            "39: note: inhibit_on_failure" + OF_CHECKS,
            "40: HTTP_GET" + CHECK,
            "60: MISC_CHECK" + CHECK,
            "66: netfilter's rules define firewall mark 7: list what they mark in a line such as"
                + " --fwmark 7 -t [2001:db8::10]:80 -t [2001:db8::10]:443",
            "75: virtual_server is not carried over: none of its real servers is",
            "78: real_server is not carried over: its method is NAT, and dsr does DR only: give"
                + " the server the VIP on lo, without ARP",
            "82: not carried over: scheduler \"best\" (expected: "
                + String.join(", ", new TreeSet<>(Schedulers.names()))
                + ")",
            "92: not carried over: port 8080 of real server 192.0.2.41:8080 (expected: the service's"
                + " port 80; direct routing changes no ports, so let the server listen there and omit"
                + " the port)",
            "98: include is not followed: convert more/*.conf as well");
  }

  @Test
  void carriesFarmsOfNftlb() throws Exception {
    assertThat(convert("nftlb", resource("farms.json"))).isEqualTo(1);

    assertThat(out.toString().lines().map(line -> line.replace("-s random", "-s wrr")))
        .containsExactly(
            "-A -t 192.0.2.10:80,443,1000-2000 -s wrr -p 50 --pin 198.51.100.4=192.0.2.21,schedule"
                + " --limit new=10/20,resets=2,connections=100,ban=3600"
                + " --allow 10.1.0.0/16,0.0.0.0/0 --deny 10.0.0.0/8,203.0.113.7"
                + " --minimum-servers 2",
            "-a -t 192.0.2.10:80,443,1000-2000 -r 192.0.2.21:0 -g -w 5",
            "-a -t 192.0.2.10:80,443,1000-2000 -r 192.0.2.22:0 -g -w 0",
            "-a -t 192.0.2.10:80,443,1000-2000 -r 192.0.2.23:0 -g -w 1 --tier 1 -x 500",
            "-A -u 192.0.2.11:53 -t 192.0.2.12:53 -u 192.0.2.12:53 --sctp-service 192.0.2.12:53"
                + " -s mh -b mh-fallback,mh-port -p 60 --persist-key source,destination-port",
            "-a -u 192.0.2.11:53 -r 192.0.2.31:0 -g -w 1",
            "-A --any [2001:db8::10] -s mh -b mh-fallback,mh-port",
            "-a --any [2001:db8::10] -r [2001:db8::21]:0 -g -w 1");
    assertThat(RulesParser.parse("-", out.toString().lines().toList()).services()).hasSize(3);
  }

  @Test
  void namesWhatItLeavesOutOfNftlbLineByLine() throws Exception {
    convert("nftlb", resource("farms.json"));

    assertThat(told())
        .contains(
            "14: limits-ttl 7200 becomes 3600",
            "17: rst-rtlimit 90/minute becomes 2 per second",
            "19: note: tcp-strict is on by default in dsr (--defence bogus-flags=drop)",
            "20: note: log is not carried over: it does not affect packets",
            "24: backend in state down becomes a server with weight 0: raise the weight when it is back",
            "30: session of 198.51.100.5 is not carried over (expected: persistence srcip, a client"
                + " and a backend)",
            "31: note: session is not carried over: it expires",
            "41: persistence by srcmac is not carried over",
            "49: farm nat is not carried over: its mode is snat, and dsr supports mode dsr only",
            "50: note: farm asleep is not carried over: its state is down",
            "55: element \"x\" is not carried over (expected: an address or a network)");
  }

  @Test
  void passesASaveOfIpvsadmAndDropsWhatItCannotTake() throws Exception {
    String save =
        """
        -A -t 192.0.2.10:80 -s wlc
        -a -t 192.0.2.10:80 -r 192.0.2.21:80 -g -w 1
        -a -t 192.0.2.10:80 -r 192.0.2.22:80 -m -w 1
        -A -t 192.0.2.11:80 -s wlc
        -a -t 192.0.2.11:80 -r 192.0.2.22:80 -i -w 1
        -A -u 192.0.2.10:5060 -s rr -p 60 --pe sip
        -a -u 192.0.2.10:5060 -r 192.0.2.21:5060 -g -w 1
        -A -f 3 -s rr -o
        -a -f 3 -r 192.0.2.21:0 -g -w 1
        """;

    assertThat(convert("ipvsadm", save)).isEqualTo(1);

    assertThat(out.toString().lines())
        .containsExactly(
            "# list what netfilter marks, such as: --fwmark 3 -t 192.0.2.10:80 -t 192.0.2.10:443",
            "-A -t 192.0.2.10:80 -s wlc",
            "-a -t 192.0.2.10:80 -r 192.0.2.21:80 -g -w 1",
            "-A -f 3 -s rr -o",
            "-a -f 3 -r 192.0.2.21:0 -g -w 1");
    assertThat(told())
        .hasSize(6)
        .anyMatch(line -> line.startsWith("1: note: ipvsadm does not save connection thresholds"))
        .anyMatch(line -> line.startsWith("3: not carried over: -m (masquerading)"))
        .anyMatch(line -> line.startsWith("4: not carried over: none of its real servers is"))
        .anyMatch(line -> line.startsWith("5: not carried over: -i (tunneling)"))
        .anyMatch(line -> line.startsWith("6: not carried over: --pe (the SIP engine"))
        .anyMatch(line -> line.startsWith("8: netfilter's rules define firewall mark 3"));
  }

  @Test
  void endsWithZeroWhereNothingThatChangesTrafficIsLeftOut() throws Exception {
    assertThat(convert("ipvsadm", "-A -t 192.0.2.10:80 -s rr\n")).isZero();
    assertThat(errors.toString()).isEmpty();
    assertThat(
            convert(
                "keepalived",
                """
                virtual_server 192.0.2.10 80 {
                    lvs_sched rr
                    lvs_method DR
                    alpha
                    real_server 192.0.2.21 80 { weight 2 }
                }
                """))
        .isZero();
    assertThat(told()).containsExactly("4: note: alpha" + OF_CHECKS);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          keepalived | virtual_server 192.0.2.10 80 {          | 1: { without }
          keepalived | }                                       | 1: } without {
          keepalived | router_id "x                            | 1: an unterminated quote
          nftlb      | {"farms": [                             | 1: Unexpected end-of-input
          nftlb      | {"farm": []}                            | 1: no "farms"
          nftlb      | {"farms": []} {}                        | 1: text after the JSON
          """)
  void tellsWhereAFileIsNotOfItsForm(String form, String text, String message) throws Exception {
    assertThat(convert(form, text)).isEqualTo(2);
    assertThat(told().getFirst()).startsWith(message);
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void takesAnUnknownFormAndAMissingFileForWrongUsage() throws Exception {
    assertThat(convert("haproxy", "")).isEqualTo(2);
    assertThat(errors.toString())
        .contains("--from: haproxy (expected: keepalived, ldirectord, nftlb or ipvsadm)");
    Path missing = directory.resolve("missing");
    assertThat(run("--from=ipvsadm", missing.toString())).isEqualTo(2);
    assertThat(errors.toString()).contains(missing + " does not exist");
  }

  @Test
  void saysSoIfNothingBecomesAService() throws Exception {
    assertThat(convert("keepalived", "! nothing\n")).isEqualTo(1);
    assertThat(told()).containsExactly("1: no service can be made from it");
  }

  private int convert(String form, String text) throws IOException {
    return run("--from", form, Files.writeString(directory.resolve("in"), text).toString());
  }

  private int run(String... arguments) {
    out.getBuffer().setLength(0);
    errors.getBuffer().setLength(0);
    return new CommandLine(new ConvertCommand())
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(errors, true))
        .execute(arguments);
  }

  /** Returns what was told, without the name of the file. */
  private List<String> told() {
    String file = directory.resolve("in") + ":";
    return errors.toString().lines().map(line -> line.replace(file, "")).toList();
  }

  private static String resource(String name) throws IOException {
    try (InputStream text =
        Objects.requireNonNull(ConvertCommandTest.class.getResourceAsStream(name), name)) {
      return new String(text.readAllBytes(), UTF_8);
    }
  }
}
