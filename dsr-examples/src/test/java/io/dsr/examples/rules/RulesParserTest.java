package io.dsr.examples.rules;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dsr.core.Persistence;
import io.dsr.core.RealServer;
import io.dsr.core.VirtualService;
import io.dsr.core.scheduler.MaglevOptions;
import io.dsr.core.scheduler.Schedulers;
import io.dsr.core.scheduler.SourceHashOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RulesParserTest {

  private static final String SERVICE = "-A -t 192.0.2.10:80 -s rr";

  @Test
  void readsWhatIpvsadmSaves() throws Exception {
    String saved =
        """
        -A -t 192.0.2.10:80 -s wrr
        -a -t 192.0.2.10:80 -r 192.0.2.21:80 -g -w 3
        -a -t 192.0.2.10:80 -r 192.0.2.22:80 -g -w 1
        -A -t 192.0.2.10:443 -s sh -p 600 -M 255.255.255.0 -b sh-fallback,sh-port
        -a -t 192.0.2.10:443 -r 192.0.2.21:443 -g -w 0
        -A -u 192.0.2.10:53 -s mh -b mh-fallback,mh-port
        -A -t [2001:db8::10]:80 -s wlc -p 360 -M 64
        -a -t [2001:db8::10]:80 -r [2001:db8::21]:80 -g -w 100
        """;

    assertThat(RulesParser.parse("rules", saved.lines().toList()))
        .containsExactly(
            VirtualService.tcp("192.0.2.10", 80)
                .scheduler(Schedulers.weightedRoundRobin())
                .realServer("192.0.2.21", 3)
                .realServer("192.0.2.22", 1),
            VirtualService.tcp("192.0.2.10", 443)
                .scheduler(Schedulers.sourceHash(new SourceHashOptions(true, true)))
                .persistence(Persistence.sourceAddress(Duration.ofMinutes(10)).ipv4Prefix(24))
                .realServer("192.0.2.21", 0),
            VirtualService.udp("192.0.2.10", 53)
                .scheduler(Schedulers.maglev(MaglevOptions.DEFAULT.sourcePort(true))),
            VirtualService.tcp("2001:db8::10", 80)
                .scheduler(Schedulers.weightedLeastConnections())
                .persistence(Persistence.sourceAddress(Duration.ofMinutes(6)).ipv6Prefix(64))
                .realServer("2001:db8::21", 100));
  }

  @Test
  void readsLongOptionsCommentsAndDefaults() throws Exception {
    String rules =
        """
        # the web
        --add-service --tcp-service=192.0.2.10:80 --persistent   # five minutes

        --add-server --tcp-service 192.0.2.10:80 --real-server 192.0.2.21 --gatewaying --weight=7
        """;

    assertThat(RulesParser.parse("-", rules.lines().toList()))
        .containsExactly(
            VirtualService.tcp("192.0.2.10", 80)
                .scheduler(Schedulers.weightedLeastConnections())
                .persistence(Persistence.sourceAddress(Duration.ofMinutes(5)))
                .realServer(RealServer.of("192.0.2.21", 7)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          -A -t 192.0.2.10:80 -o | -o (one-packet scheduling) is not carried by this version
          -A -f 5 -s rr | -f (a firewall-mark service) is not carried by this version
          -A -t 192.0.2.10:80 --pe sip | --pe (a persistence engine) is not carried by this version
          -A --sctp-service 192.0.2.10:80 | --sctp-service (SCTP) is not carried by this version
          -A -t 192.0.2.10:0 -p 5 | port 0 (any port) is not carried by this version
          -a -t 192.0.2.9:80 -r 192.0.2.21 -x 9 | -x (an upper connection threshold) is not carried by this version
          -a -t 192.0.2.9:80 -r 192.0.2.21 -i | -i (tunnelling) (expected: -g, direct routing: all that dsr does)
          -a -t 192.0.2.9:80 -r 192.0.2.21:80 -m | -m (masquerading) (expected: -g, direct routing: all that dsr does)
          -a -t 192.0.2.9:80 -r 192.0.2.21:8080 -g | port 8080 of real server 192.0.2.21:8080 (expected: the service's port 80: direct routing changes no ports)
          -A -t 192.0.2.10:80 -s xyz | scheduler "xyz" (expected: lc, mh, rr, sh, wlc, wrr)
          -A -t 192.0.2.10:80 -s rr -b sh-port | scheduler flag "sh-port" (expected: no flags for rr)
          -A -t 192.0.2.10:80 -s mh -b sh-port | scheduler flag "sh-port" (expected: mh-port, mh-fallback)
          -A -t 192.0.2.10:99999 | port of virtual service 99999 (expected: 1 to 65535)
          -A -t 192.0.2.10 | virtual service 192.0.2.10 without a port (expected: VIP:PORT)
          -A -t www.example:80 | virtual service "www.example:80" (expected: ADDRESS:PORT or [IPV6-ADDRESS]:PORT, as ipvsadm -n writes)
          -A -t 224.0.0.1:80 | virtual address: 224.0.0.1 (expected: a unicast address)
          -A -s rr | -A without a virtual service (expected: -t VIP:PORT or -u VIP:PORT)
          -A -t | -t without a value (expected: VIP:PORT)
          -A -t 192.0.2.10:80 -p 0 | seconds of persistence 0 (expected: 1 to 2678400)
          -A -t 192.0.2.10:80 -p -M 255.0.255.0 | netmask 255.0.255.0 (expected: 255.255.255.0 or its like, or 1 to 32 bits)
          -A -t 192.0.2.10:80 -p -M 33 | netmask 33 (expected: 1 to 32)
          -A -t [2001:db8::1]:80 -p -M 129 | netmask 129 (expected: 1 to 128)
          -A -t 192.0.2.10:80 -M 24 | -M without persistence (expected: -p as well)
          -A -t 192.0.2.10:80 junk | "junk" (expected: an option of ipvsadm -S -n)
          -A -t 192.0.2.10:80 -u 192.0.2.10:80 | a second virtual service (expected: one in a line)
          -a -t 192.0.2.9:80 -g | -a without a real server (expected: -r SERVER)
          -a -t 192.0.2.9:80 -r 192.0.2.21 -g -w 65536 | weight 65536 (expected: 0 to 65535)
          -a -t 192.0.2.9:80 -r 192.0.2.21 -g -w x | weight "x" (expected: 0 to 65535)
          -a -t 192.0.2.9:81 -r 192.0.2.21 -g | real server of tcp 192.0.2.9:81, which is not a service (expected: a line -A for it above)
          -a -t 192.0.2.9:80 -r 2001:db8::1 -g | tcp 192.0.2.9:80: real server 2001:db8:0:0:0:0:0:1 (expected: an address of the VIP's family)
          -a -t 192.0.2.9:80 -r 192.0.2.9 -g | tcp 192.0.2.9:80: real server 192.0.2.9 (expected: the server's own address, not the VIP)
          -a -t 192.0.2.9:80 -r 192.0.2.20 -g | tcp 192.0.2.9:80: real server 192.0.2.20 is given twice
          -A -t 192.0.2.9:80 | tcp 192.0.2.9:80 is given twice (expected: each virtual service once)
          -A -t 192.0.2.10:80 -s rr -s rr | a second scheduler (expected: one in a line)
          -A -t 192.0.2.10:80 -p 5 --persistent 6 | a second persistence (expected: one in a line)
          -A -t 192.0.2.10:80 -p -M 24 -M 24 | a second netmask (expected: one in a line)
          -A -t 192.0.2.10:80 -s sh -b sh-port -b sh-port | a second list of scheduler flags (expected: one in a line)
          -A -t 192.0.2.10:80 -s sh -b sh-port, | scheduler flag "" (expected: sh-port, sh-fallback)
          -A -t 192.0.2.10:80 -s sh -b mh-port | scheduler flag "mh-port" (expected: sh-port, sh-fallback)
          -A -t 192.0.2.10:80 -s | -s without a value (expected: a scheduler)
          -A -t 192.0.2.10:80 -p -5 | seconds of persistence "-5" (expected: 1 to 2678400)
          -A -t 192.0.2.10:80 -p 9999999 | seconds of persistence 9999999 (expected: 1 to 2678400)
          -A -t 192.0.2.10:80 -p -M 0.0.0.0 | netmask 0.0.0.0 (expected: 255.255.255.0 or its like, or 1 to 32 bits)
          -A -t 192.0.2.10:80 -p -M 255.255.0 | netmask "255.255.0" (expected: 255.255.255.0 or its like, or 1 to 32 bits)
          -A -t 192.0.2.10:80 -p -M 255.255.256.0 | octet of netmask 255.255.256.0 256 (expected: 0 to 255)
          -A -t 192.0.2.10:80 -p -M 0 | netmask 0 (expected: 1 to 32)
          -A -t 10:80 | virtual service "10:80" (expected: ADDRESS:PORT or [IPV6-ADDRESS]:PORT, as ipvsadm -n writes)
          -A -t 192.0.2.10:80 -6 | -6 (a firewall-mark service of IPv6) is not carried by this version
          -a -t 192.0.2.9:80 -r 192.0.2.21 -y 9 | -y (a lower connection threshold) is not carried by this version
          -a -t 192.0.2.9:80 -t 192.0.2.9:80 -r 192.0.2.21 | a second virtual service (expected: one in a line)
          -a -t 192.0.2.9:80 -r 192.0.2.21 -r 192.0.2.22 | a second real server (expected: one in a line)
          -a -t 192.0.2.9:80 -r 192.0.2.21 -w 1 -w 2 | a second weight (expected: one in a line)
          -a -t 192.0.2.9:80 -r 192.0.2.21 -w -1 | weight "-1" (expected: 0 to 65535)
          -a -t 192.0.2.9:80 -r 192.0.2.21 -g junk | "junk" (expected: an option of ipvsadm -S -n)
          -a -r 192.0.2.21 -g | -a without a virtual service (expected: -t VIP:PORT or -u VIP:PORT)
          -a -u 192.0.2.9:80 -r 192.0.2.21 -g | real server of udp 192.0.2.9:80, which is not a service (expected: a line -A for it above)
          -E -t 192.0.2.9:80 | "-E" (expected: -A (a service) or -a (a real server), as ipvsadm -S -n writes)
          -C | "-C" (expected: -A (a service) or -a (a real server), as ipvsadm -S -n writes)
          -e -t 192.0.2.9:80 -r 192.0.2.20 | "-e" (expected: -A (a service) or -a (a real server), as ipvsadm -S -n writes)
          -D -t 192.0.2.10:80 | "-D" (expected: -A (a service) or -a (a real server), as ipvsadm -S -n writes)
          """)
  void refusesByNameWhatItDoesNotCarryOrUnderstand(String line, String message) {
    List<String> lines =
        List.of("-A -t 192.0.2.9:80 -s rr", "-a -t 192.0.2.9:80 -r 192.0.2.20 -g", line);

    assertThatThrownBy(() -> RulesParser.parse("web.rules", lines))
        .isInstanceOf(RulesException.class)
        .hasMessage("web.rules:3: " + message);
  }

  @Test
  void tellsEveryFaultOfAFileButNoMoreThanTwenty() {
    List<String> lines = new ArrayList<>(List.of(SERVICE));
    for (int line = 0; line < 30; line++) {
      lines.add("-D");
    }

    assertThatThrownBy(() -> RulesParser.parse("-", lines))
        .isInstanceOfSatisfying(
            RulesException.class,
            e -> {
              assertThat(e.faults()).hasSize(20);
              assertThat(e.faults().getFirst()).startsWith("-:2: \"-D\"");
              assertThat(e.faults().getLast()).startsWith("-:21: ");
            });
  }

  @Test
  void doesNotBlameTheServersOfAServiceThatIsRefused() {
    String rules =
        """
        -A -t 192.0.2.10:80 -s best
        -a -t 192.0.2.10:80 -r 192.0.2.21 -g
        -a -t 192.0.2.10:80 -r 192.0.2.22 -m
        """;

    assertThatThrownBy(() -> RulesParser.parse("web.rules", rules.lines().toList()))
        .hasMessage(
            """
            web.rules:1: scheduler "best" (expected: lc, mh, rr, sh, wlc, wrr)
            web.rules:3: -m (masquerading) (expected: -g, direct routing: all that dsr does)\
            """);
  }

  @Test
  void takesRandomBytesForFaultsOnly() {
    long seed = System.nanoTime();
    var random = new SplittableRandom(seed);
    for (int round = 0; round < 20_000; round++) {
      byte[] bytes = new byte[random.nextInt(60)];
      random.nextBytes(bytes);
      String text = (round % 2 == 0 ? "-A -t " : "") + new String(bytes, ISO_8859_1);
      try {
        assertThat(RulesParser.parse("x", text.lines().toList())).isEmpty();
      } catch (RulesException expected) {
        assertThat(expected.faults()).allMatch(fault -> fault.matches("(?s)x:[0-9]+: .+"));
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError("seed " + seed + ", round " + round, e);
      }
    }
  }

  @Test
  void findsAFaultInAnyRubbishAndNeverFailsOtherwise() {
    String[] words = {
      "-A",
      "-a",
      "-t",
      "-u",
      "-s",
      "rr",
      "sh",
      "-p",
      "-M",
      "24",
      "-b",
      "sh-port",
      "-r",
      "-g",
      "-w",
      "1",
      "192.0.2.10:80",
      "192.0.2.21",
      "[::1]:80",
      "[",
      "]:",
      ":",
      "::",
      "-",
      "--",
      "--x=",
      "=",
      "#",
      "\0",
      "é",
      "-1",
      "99999999999",
      "1.2.3",
      "255.255.255.255",
      "0.0.0.0",
      "fe80::1%eth0"
    };
    long seed = System.nanoTime();
    var random = new SplittableRandom(seed);
    for (int round = 0; round < 50_000; round++) {
      var line = new StringBuilder();
      for (int word = random.nextInt(10); word >= 0; word--) {
        line.append(words[random.nextInt(words.length)]).append(random.nextInt(9) == 0 ? "" : " ");
      }
      try {
        assertThat(RulesParser.parse("x", List.of(line.toString()))).hasSizeLessThan(2);
      } catch (RulesException expected) {
        assertThat(expected).hasMessageStartingWith("x:1: ");
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError("seed " + seed + ", line \"" + line + "\"", e);
      }
    }
  }
}
