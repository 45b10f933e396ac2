package io.dsr.rules.convert;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dsr.rules.RulesParser;
import io.dsr.rules.convert.RulesConverter.Conversion;
import io.dsr.rules.convert.RulesConverter.Format;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

final class RulesConverterTest {

  @Test
  void tellsWhatIsNotCarriedOverAndWhetherItMatters() throws Exception {
    List<String> rules =
        List.of("-A -t 192.0.2.10:80 -s rr", "-a -t 192.0.2.10:80 -r 192.0.2.21 -m");

    Conversion conversion = RulesConverter.convert(Format.IPVSADM, "saved", rules);

    assertThat(conversion.rules()).isEmpty();
    assertThat(conversion.changesTraffic()).isTrue();
    assertThat(conversion.warnings())
        .anyMatch(line -> line.startsWith("saved:2: not carried over: -m (masquerading)"))
        .contains("saved:1: no service can be made from it");
  }

  @Test
  void carriesServicesOfLdirectord() throws Exception {
    String file =
        """
        # ldirectord.cf
        checktimeout=10
        quiescent=yes
        fallback=192.0.2.99:80 gate

        virtual=192.0.2.10:80
        \treal=192.0.2.21:80 gate
        \treal=192.0.2.22:80 gate 5 "request.html", "ok # not a comment"
        \treal=192.0.2.31->192.0.2.33:80 gate 2
        \treal=192.0.2.40:80 masq
        \tfallback=127.0.0.1:80
        \tservice=http
        \tscheduler=wlc
        \tpersistent=600
        \tnetmask=255.255.255.0
        \tprotocol=tcp
        \tchecktype=negotiate
        virtual=192.0.2.11:53
                real=192.0.2.21:53 gate
        virtual=7
                real=192.0.2.21:80 gate
                protocol=fwm
        virtual6=[2001:db8::10]:80
                real6=[2001:db8::21]:80 gate
                bogus=1
        """;

    Conversion conversion =
        RulesConverter.convert(Format.LDIRECTORD, "ldirectord.cf", file.lines().toList());

    assertThat(conversion.rules())
        .containsExactly(
            "# list what netfilter marks, such as: --fwmark 7 -t 192.0.2.10:80 -t 192.0.2.10:443",
            "-A -t 192.0.2.10:80 -s wlc -p 600 -M 255.255.255.0",
            "-a -t 192.0.2.10:80 -r 192.0.2.21:80 -g -w 1",
            "-a -t 192.0.2.10:80 -r 192.0.2.22:80 -g -w 5",
            "-a -t 192.0.2.10:80 -r 192.0.2.31:80 -g -w 2",
            "-a -t 192.0.2.10:80 -r 192.0.2.32:80 -g -w 2",
            "-a -t 192.0.2.10:80 -r 192.0.2.33:80 -g -w 2",
            "-A -u 192.0.2.11:53 -s wrr",
            "-a -u 192.0.2.11:53 -r 192.0.2.21:53 -g -w 1",
            "-a -u 192.0.2.11:53 -r 192.0.2.99 -g -w 1 --tier 255",
            "-A -f 7 -s wrr",
            "-a -f 7 -r 192.0.2.21 -g -w 1",
            "-a -f 7 -r 192.0.2.99 -g -w 1 --tier 255",
            "-A -t [2001:db8::10]:80 -s wrr",
            "-a -t [2001:db8::10]:80 -r [2001:db8::21]:80 -g -w 1");
    assertThat(conversion.changesTraffic()).isTrue();
    assertThat(conversion.warnings())
        .contains(
            "ldirectord.cf:2: note: checktimeout is not carried over: it configures health checks,"
                + " and dsr checks by ARP only",
            "ldirectord.cf:10: real is not carried over: masq (dsr does gate only)",
            "ldirectord.cf:25: bogus is not carried over")
        .anyMatch(line -> line.startsWith("ldirectord.cf:11: not carried over: server address: "))
        .anyMatch(line -> line.startsWith("ldirectord.cf:4: not carried over: tcp [2001:db8::10]"));
    assertThatThrownBy(
            () -> RulesConverter.convert(Format.LDIRECTORD, "x", List.of("", "  real=192.0.2.1")))
        .isInstanceOf(UnreadableException.class)
        .hasMessage("2: real before any service (expected: a line virtual=VIP:PORT)");
  }

  @Test
  @Timeout(20)
  void convertsManyPortsAndManyServicesInATimeThatGrowsWithThem() throws Exception {
    List<String> lines = new ArrayList<>();
    String ports = IntStream.range(0, 30_000).mapToObj(i -> "" + (1 + 2 * i)).collect(joining(","));
    lines.add("-A -t 192.0.2.10:" + ports + " -s rr");
    lines.add("-a -t 192.0.2.10:1 -r 192.0.2.21 -g");
    for (int port = 1; port <= 30_000; port++) {
      lines.add("-A -t 192.0.2.11:" + port + " -s rr");
      lines.add("-a -t 192.0.2.11:" + port + " -r 192.0.2.21 -g");
    }

    assertThat(RulesConverter.convert(Format.IPVSADM, "x", lines).rules()).hasSize(60_002);
  }

  @Test
  void refusesWhatIsNotOfTheFormat() {
    assertThatThrownBy(() -> RulesConverter.convert(Format.NFTLB, "x", List.of("", "{ rubbish")))
        .isInstanceOf(UnreadableException.class)
        .hasMessageMatching("2: .*\\(expected: .*\\)");
  }

  @Test
  void writesNothingThatRunRefusesWhateverTheInput() throws Exception {
    String[] pieces = {
      "virtual_server",
      "192.0.2.10",
      "80",
      "{",
      "}",
      "\n",
      "real_server",
      "192.0.2.21",
      "lvs_method",
      "DR",
      "fwmark",
      "7",
      "99999999999",
      "group",
      "weight",
      "-1",
      "protocol",
      "UDP",
      "lvs_sched",
      "rr",
      "mh",
      "persistence_timeout",
      "ops",
      "sorry_server",
      "2001:db8::1",
      "$x=1",
      "${x}",
      "!",
      "quorum",
      "\"a b\"",
      "1-5",
      "virtual_server_group",
      "uthreshold",
      "@host",
      "-f",
      "#"
    };
    long seed = System.nanoTime();
    var random = new SplittableRandom(seed);
    for (int round = 0; round < 5_000; round++) {
      var text = new StringBuilder("virtual_server 192.0.2.10 80 {\nlvs_method DR\n");
      for (int piece = random.nextInt(30); piece > 0; piece--) {
        text.append(pieces[random.nextInt(pieces.length)]).append(' ');
      }
      try {
        var conversion =
            RulesConverter.convert(Format.KEEPALIVED, "x", (text + "\n}\n").lines().toList());
        assertThat(RulesParser.faults(conversion.rules()).values())
            .allMatch(fault ->
                fault.contains("without an --fwmark line, which lists what netfilter marks"));
      } catch (UnreadableException e) {
        assertThat(e).hasMessageMatching("(?s)[0-9]+: .*\\(expected: .*\\)");
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError("seed " + seed + ", round " + round + "\n" + text, e);
      }
    }
  }
}
