package io.dsr.rules;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dsr.core.AccessList;
import io.dsr.core.Admission;
import io.dsr.core.ClientPin;
import io.dsr.core.FlowRemoval;
import io.dsr.core.FlowTimeouts;
import io.dsr.core.FlowTracking;
import io.dsr.core.IpPrefix;
import io.dsr.core.Persistence;
import io.dsr.core.PortRange;
import io.dsr.core.Protocol;
import io.dsr.core.RealServer;
import io.dsr.core.ServiceKey;
import io.dsr.core.ServiceRules;
import io.dsr.core.SourceLimits;
import io.dsr.core.VirtualService;
import io.dsr.core.scheduler.MaglevOptions;
import io.dsr.core.scheduler.Schedulers;
import io.dsr.core.scheduler.SourceHashOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
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

    assertThat(RulesParser.parse("rules", saved.lines().toList()).services())
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

    assertThat(RulesParser.parse("-", rules.lines().toList()).services())
        .containsExactly(
            VirtualService.tcp("192.0.2.10", 80)
                .persistence(Persistence.sourceAddress(Duration.ofMinutes(5)))
                .realServer(RealServer.of("192.0.2.21", 7)));
  }

  @Test
  void readsWhatDsrHasBesides() throws Exception {
    String rules =
        """
        --defence flows-per-source=100,prefix=24/56,new-flows=5,pressure=80,bogus-flags=pass
        --set 0 60 30
        -A -t 192.0.2.10:80,443,1000-2000 -u 192.0.2.0/28:* --protocol gre 192.0.2.10 -s rr \
        --allow 10.0.0.0/8,192.0.2.0/24 --deny 10.1.0.0/16 --sessionless --timeout established=5m \
        --on-removal expire --minimum-servers 2 --limit new=100/200,resets=10,connections=50,ban=2m \
        --sorry-server 192.0.3.99
        -a -u 192.0.2.0/28:* -r 192.0.3.21:0 -g -w 5 --tier 1 -x 100 -y 50 --vlan 7
        -A -t [2001:db8::]/64:25 -p 1h -M 48 --persist-key source,destination-port \
        --persist-keep-quiescent --persist-quota 10 --pin 2001:db8:1::/48=2001:db9::21,refuse
        """;
    ServiceRules treated =
        ServiceRules.DEFAULT
            .access(
                new AccessList(
                    List.of(IpPrefix.parse("10.0.0.0/8"), IpPrefix.parse("192.0.2.0/24")),
                    List.of(IpPrefix.parse("10.1.0.0/16"))))
            .tracking(FlowTracking.SESSIONLESS)
            .timeouts(seconds(300, 60, 30))
            .removal(FlowRemoval.EXPIRE)
            .minimumServers(2)
            .limits(
                SourceLimits.perAddress()
                    .newPerSecond(100, 200)
                    .resetsPerSecond(10)
                    .connections(50)
                    .ban(Duration.ofMinutes(2)));

    Rules read = RulesParser.parse("-", rules.lines().toList());

    assertThat(read.admission()).contains(new Admission(100, 24, 56, 5, 80, false));
    assertThat(read.services())
        .containsExactly(
            VirtualService.tcp("192.0.2.10", 80)
                .addKey(key(Protocol.TCP, "192.0.2.10", PortRange.of(443)))
                .addKey(key(Protocol.TCP, "192.0.2.10", new PortRange(1000, 2000)))
                .addKey(key(Protocol.UDP, "192.0.2.0/28", PortRange.ANY))
                .addKey(key(Protocol.GRE, "192.0.2.10", PortRange.ANY))
                .scheduler(Schedulers.roundRobin())
                .rules(treated)
                .realServer(RealServer.of("192.0.3.21", 5).tier(1).thresholds(100, 50).vlan(7))
                .sorryServer("192.0.3.99"),
            VirtualService.of(key(Protocol.TCP, "2001:db8::/64", PortRange.of(25)))
                .rules(ServiceRules.DEFAULT.timeouts(seconds(900, 60, 30)))
                .persistence(
                    Persistence.sourceAddress(Duration.ofHours(1))
                        .ipv6Prefix(48)
                        .key(Persistence.Part.SOURCE_ADDRESS, Persistence.Part.DESTINATION_PORT)
                        .expireQuiescent(false)
                        .quota(10)
                        .pin(
                            new ClientPin(
                                IpPrefix.parse("2001:db8:1::/48"),
                                IpPrefix.parse("2001:db9::21").address(),
                                ClientPin.Fallback.REFUSE))));
  }

  @Test
  void takesALineForWhatBearsAMarkAboveOrBelow() throws Exception {
    String rules =
        """
        --fwmark 1 -t 192.0.2.10:80,443
        -A -f 1 -s wlc -p 600
        -a -f 1 -r 192.0.2.21:0 -g -w 1
        -A -f 1 -6 -s wlc
        -a -f 1 -6 -r [2001:db8::21]:0 -g -w 1
        --fwmark 1 -u 192.0.2.10:443 -t [2001:db8::10]:80
        """;

    assertThat(RulesParser.parse("-", rules.lines().toList()).services())
        .containsExactly(
            VirtualService.tcp("192.0.2.10", 80)
                .addKey(key(Protocol.TCP, "192.0.2.10", PortRange.of(443)))
                .addKey(key(Protocol.UDP, "192.0.2.10", PortRange.of(443)))
                .scheduler(Schedulers.weightedLeastConnections())
                .persistence(Persistence.sourceAddress(Duration.ofMinutes(10)))
                .realServer("192.0.2.21"),
            VirtualService.tcp("2001:db8::10", 80)
                .scheduler(Schedulers.weightedLeastConnections())
                .realServer("2001:db8::21"));
  }

  @Test
  void takesNoPortForAnyAsIpvsadmDoesWithPersistence() throws Exception {
    String rules =
        """
        ipvsadm -A -t 192.0.2.10 -s rr -p 300
        ipvsadm -a -t 192.0.2.10:0 -r 192.0.2.21 -g
        -A -u 192.0.2.10:0 -s rr -o
        """;

    assertThat(RulesParser.parse("-", rules.lines().toList()).services())
        .containsExactly(
            VirtualService.of(key(Protocol.TCP, "192.0.2.10", PortRange.ANY))
                .scheduler(Schedulers.roundRobin())
                .persistence(Persistence.sourceAddress(Duration.ofMinutes(5)))
                .realServer("192.0.2.21"),
            VirtualService.of(key(Protocol.UDP, "192.0.2.10", PortRange.ANY))
                .scheduler(Schedulers.roundRobin())
                .rules(ServiceRules.DEFAULT.tracking(FlowTracking.ONE_PACKET)));
  }

  private static ServiceKey key(Protocol protocol, String vip, PortRange ports) {
    return new ServiceKey(protocol, IpPrefix.parse(vip), ports);
  }

  private static FlowTimeouts seconds(int tcp, int fin, int udp) {
    return FlowTimeouts.DEFAULT.ipvsTimeouts(
        Duration.ofSeconds(tcp), Duration.ofSeconds(fin), Duration.ofSeconds(udp));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          -A -t 192.0.2.10:80 -o | tcp 192.0.2.10:80: one-packet scheduling (expected: UDP)
          -A -f 5 -s rr | -f 5 without an --fwmark line, which lists what netfilter marks (expected: a line such as "--fwmark 5 -t 192.0.2.10:80 -t 192.0.2.10:443")
          -A -t 192.0.2.10:80 --pe sip | --pe (the SIP engine reads the Call-ID in the payload; dsr reads only headers) (expected: -p, which keeps a client's calls on one server, in one service of all ports, such as -A -u VIP:5060 -t VIP:5060,5061 -p 1800)
          -a -t 192.0.2.9:80 -r 192.0.2.21 -i | -i (tunneling) (expected: -g; dsr does direct routing only: give the server the VIP on lo, without ARP)
          -a -t 192.0.2.9:80 -r 192.0.2.21:80 -m | -m (masquerading) (expected: -g; dsr does direct routing only: give the server the VIP on lo, without ARP)
          -a -t 192.0.2.9:80 -r 192.0.2.21:8080 -g | port 8080 of real server 192.0.2.21:8080 (expected: the service's port 80; direct routing changes no ports, so let the server listen there and omit the port)
          -A -t 192.0.2.10:80 -s xyz | scheduler "xyz" (expected: dh, fo, hrw, hrw-bounded, lblc, lblcr, lc, mh, mh-bounded, nq, ovf, random, rr, sed, sh, swrr, twos, wlc, wrr)
          -A -t 192.0.2.10:80 -s rr -b sh-port | scheduler flag "sh-port" (expected: no flags for rr)
          -A -t 192.0.2.10:80 -s mh -b sh-port | scheduler flag "sh-port" (expected: mh-port, mh-fallback)
          -A -t 192.0.2.10:99999 | port of virtual service 99999 (expected: 1 to 65535)
          -A -t 192.0.2.10 | virtual service 192.0.2.10 without a port (expected: VIP:PORT, several as VIP:80,443,1000-2000, or all as VIP:*)
          -A -t www.example:80 | virtual service "www.example:80", which is not in /etc/hosts (expected: an address; dsr does not use DNS, and ipvsadm -S -n prints addresses)
          -A -t 224.0.0.1:80 | virtual address: 224.0.0.1 (expected: a unicast address)
          -A -s rr | -A without a virtual service (expected: -t VIP:PORT, -u VIP:PORT, --sctp-service VIP:PORT or -f MARK)
          -A -t | -t without a value (expected: VIP:PORT, several as VIP:80,443,1000-2000, or all as VIP:*)
          -A -t 192.0.2.10:80 -p 0 | persistence timeout "0" (expected: 1 to 2678400 seconds, or a number with the unit ms, s, m, h or d)
          -A -t 192.0.2.10:80 -p -M 255.0.255.0 | netmask 255.0.255.0 (expected: a mask such as 255.255.255.0, or 1 to 32 bits)
          -A -t 192.0.2.10:80 -p -M 33 | netmask 33 (expected: 1 to 32)
          -A -t [2001:db8::1]:80 -p -M 129 | netmask 129 (expected: 1 to 128)
          -A -t 192.0.2.10:80 -M 24 | -M without persistence (expected: -p on the same line)
          -A -t 192.0.2.10:80 junk | "junk" (expected: an option of ipvsadm -S -n or of dsr)
          -a -t 192.0.2.9:80 -g | -a without a real server (expected: -r SERVER)
          -a -t 192.0.2.9:80 -r 192.0.2.21 -g -w 65536 | weight 65536 (expected: 0 to 65535)
          -a -t 192.0.2.9:80 -r 192.0.2.21 -g -w x | weight "x" (expected: 0 to 65535)
          -a -t 192.0.2.9:81 -r 192.0.2.21 -g | real server of tcp 192.0.2.9:81, which is not a service (expected: an -A line for the service above)
          -a -t 192.0.2.9:80 -r 2001:db8::1 -g | tcp 192.0.2.9:80: real server 2001:db8::1 (expected: the address family of the VIP)
          -a -t 192.0.2.9:80 -r 192.0.2.9 -g | tcp 192.0.2.9:80: real server 192.0.2.9 (expected: the server's own address, not the VIP)
          -a -t 192.0.2.9:80 -r 192.0.2.20 -g | tcp 192.0.2.9:80: real server 192.0.2.20 is given twice (expected: one line per server; the first is web.rules:2)
          -A -t 192.0.2.9:80 | tcp 192.0.2.9:80 is given twice (expected: one -A line per service; the first is web.rules:1)
          -A -t 192.0.2.10:80 -s rr -s rr | a second scheduler (expected: one per line)
          -A -t 192.0.2.10:80 -p 5 --persistent 6 | a second persistence (expected: one per line)
          -A -t 192.0.2.10:80 -p -M 24 -M 24 | a second netmask (expected: one per line)
          -A -t 192.0.2.10:80 -s sh -b sh-port -b sh-port | a second list of scheduler flags (expected: one per line)
          -A -t 192.0.2.10:80 -s sh -b sh-port, | scheduler flag "" (expected: sh-port, sh-fallback)
          -A -t 192.0.2.10:80 -s sh -b mh-port | scheduler flag "mh-port" (expected: sh-port, sh-fallback)
          -A -t 192.0.2.10:80 -s | -s without a value (expected: a scheduler)
          -A -t 192.0.2.10:80 -p -5 | persistence timeout "-5" (expected: 1 to 2678400 seconds, or a number with the unit ms, s, m, h or d)
          -A -t 192.0.2.10:80 -p 9999999 | persistence timeout "9999999" (expected: 1 to 2678400 seconds, or a number with the unit ms, s, m, h or d)
          -A -t 192.0.2.10:80 -p -M 0.0.0.0 | netmask 0.0.0.0 (expected: a mask such as 255.255.255.0, or 1 to 32 bits)
          -A -t 192.0.2.10:80 -p -M 255.255.0 | netmask "255.255.0" (expected: a mask such as 255.255.255.0, or 1 to 32 bits)
          -A -t 192.0.2.10:80 -p -M 255.255.256.0 | octet of netmask 255.255.256.0 256 (expected: 0 to 255)
          -A -t 192.0.2.10:80 -p -M 0 | netmask 0 (expected: 1 to 32)
          -A -t 10:80 | virtual service "10:80" (expected: ADDRESS:PORT or [IPV6-ADDRESS]:PORT, as ipvsadm -n prints it)
          -A -t 192.0.2.10:80 -6 | -6 without -f (expected: -f MARK -6; an address needs no -6)
          -a -t 192.0.2.9:80 -r 192.0.2.21 -y 9 | lowerThreshold: 9 (expected: 0 to the upper threshold of 0)
          -a -t 192.0.2.9:80 -r 192.0.2.21 -r 192.0.2.22 | a second real server (expected: one per line)
          -a -t 192.0.2.9:80 -r 192.0.2.21 -w 1 -w 2 | a second weight (expected: one per line)
          -a -t 192.0.2.9:80 -r 192.0.2.21 -w -1 | weight "-1" (expected: 0 to 65535)
          -a -t 192.0.2.9:80 -r 192.0.2.21 -g junk | "junk" (expected: an option of ipvsadm -S -n or of dsr)
          -a -r 192.0.2.21 -g | -a without a virtual service (expected: -t VIP:PORT, -u VIP:PORT, --sctp-service VIP:PORT or -f MARK)
          -a -u 192.0.2.9:80 -r 192.0.2.21 -g | real server of udp 192.0.2.9:80, which is not a service (expected: an -A line for the service above)
          -E -t 192.0.2.9:80 | -E (a change) (expected: only -A and -a lines; edit the file, then run kill -HUP)
          -C | -C (a change) (expected: only -A and -a lines; edit the file, then run kill -HUP)
          -e -t 192.0.2.9:80 -r 192.0.2.20 | -e (a change) (expected: only -A and -a lines; edit the file, then run kill -HUP)
          -D -t 192.0.2.10:80 | -D (a change) (expected: only -A and -a lines; edit the file, then run kill -HUP)
          --start-daemon master | --start-daemon (IPVS state synchronization) (expected: no such line; all balancers place flows by the same hash)
          -L | "-L" (expected: -A (a service), -a (a real server), --fwmark, --set or --defence)
          -A -f 0 | firewall mark "0" (expected: 1 to 4294967295, in decimal digits)
          -A -f 5 -6 | -f 5 -6 without an --fwmark line, which lists what netfilter marks (expected: a line such as "--fwmark 5 -t [2001:db8::10]:80 -t [2001:db8::10]:443")
          -A -f 5 -t 192.0.2.10:80 | -f 5 and an address on one line (expected: one of them; a line --fwmark 5 lists the addresses)
          --fwmark 5 | --fwmark 5 without a virtual service (expected: --fwmark MARK -t VIP:PORT -u VIP:PORT ..., which lists the marked services)
          -A -u 192.0.2.10:5060 -o --sessionless | a second -o or --sessionless (expected: one per line)
          -A -t 192.0.2.10:80 -u [2001:db8::1]:80 | udp [2001:db8::1]:80 (expected: the address family of tcp 192.0.2.10:80)
          -A -t 192.0.2.10:80-70 | last port of virtual service 70 (expected: 80 to 65535)
          -A -t 192.0.2.10/28:80 | prefix: 192.0.2.10/28 (expected: 192.0.2.0/28, without host bits)
          -A -t 192.0.2.10:80 -s rr --table-size 251 | --table-size for rr (expected: -s mh)
          -A -t 192.0.2.10:80 --timeout estblished=9 | --timeout "estblished=9" (expected: NAME=VALUE with one of syn-received, established, fin-wait, time-wait, close, udp, sctp-established, sctp-closing, other)
          -A -t 192.0.2.10:80 --limit new=5,new=6 | --limit new is given twice (expected: each name once)
          -A -t 192.0.2.10:80 --limit prefix=32 | --limit prefix "32" (expected: IPV4-BITS/IPV6-BITS, such as 32/64)
          -A -t 192.0.2.10:80 --limit ban=2h | --limit ban "2h" (expected: 0 to 3600 seconds, or a number with the unit ms, s, m, h or d)
          -A -t 192.0.2.10:80 --pin 10.0.0.0/8=192.0.2.20 | --pin without persistence (expected: -p on the same line)
          -A -t 192.0.2.10:80 -p --pin 10.0.0.1/8=192.0.2.20 | --pin "10.0.0.1/8=192.0.2.20": prefix: 10.0.0.1/8 (expected: 10.0.0.0/8, without host bits) (expected: CLIENTS=SERVER or CLIENTS=SERVER,refuse, such as 10.0.0.0/8=192.0.2.21)
          -A -t 192.0.2.10:80 -p --persist-key src | --persist-key "src" (expected: a comma-separated list of source, source-port, destination, destination-port, protocol)
          -A -t 192.0.2.10:80 --allow 10.0.0.0/8 --deny 10.0.0.0/8 | 10.0.0.0/8 is both allowed and denied (expected: one of the two)
          -A -t 192.0.2.10:80 --on-removal drop | --on-removal "drop" (expected: keep, move or expire)
          -A -t 192.0.2.10:80 --sorry-server 192.0.2.10 | tcp 192.0.2.10:80: real server 192.0.2.10 (expected: the server's own address, not the VIP)
          -A --protocol foo 192.0.2.10 | protocol: "foo" (expected: tcp, udp, sctp, gre, esp, ah, any or a number from 1 to 255)
          -A --any 192.0.2.10:80 | port: 80 (expected: *, because any has no ports)
          -a -t 192.0.2.9:80 -r 192.0.2.21 --tier 256 | tier 256 (expected: 0 to 255)
          -a -t 192.0.2.9:80 -r 192.0.2.21 --vlan 4095 | vlan 4095 (expected: 0 to 4094)
          -A -t 192.0.2.8:70-100,90-110 | tcp 192.0.2.8:70-100 overlaps tcp 192.0.2.8:90-110
          --set 900 120 | --set without a value (expected: seconds for TCP, TCP after a FIN, and UDP; 0 keeps the default)
          --defence bogus-flags=maybe | --defence bogus-flags "maybe" (expected: drop or pass)
          """)
  void refusesByNameWhatItDoesNotCarryOrUnderstand(String line, String message) {
    List<String> lines =
        List.of("-A -t 192.0.2.9:80 -s rr", "-a -t 192.0.2.9:80 -r 192.0.2.20 -g", line);

    assertThatThrownBy(() -> RulesParser.parse("web.rules", lines))
        .isInstanceOf(RulesException.class)
        .hasMessage("web.rules:3: " + message);
  }

  @Test
  void refusesServicesThatOverlapAndTakesOneWithinAnother() throws Exception {
    List<String> lines = List.of("-A -t 192.0.2.9:70-100", "-A -t 192.0.2.9:80");

    assertThat(RulesParser.parse("-", lines).services()).hasSize(2);
    assertThatThrownBy(
            () -> RulesParser.parse("-", List.of(lines.getFirst(), "-A -t 192.0.2.9:90-110")))
        .hasMessage(
            "-:2: tcp 192.0.2.9:90-110 overlaps tcp 192.0.2.9:70-100 of another service (expected:"
                + " separate port ranges, or one range inside the other; the other is -:1)");
  }

  @Test
  void namesBothLinesOfAFaultBetweenServices() {
    String rules =
        """
        -A -t 192.0.2.10:80 -s rr
        -a -t 192.0.2.10:80 -r 192.0.2.21 -g
        -A -t 192.0.2.16/28:80 -s rr
        -a -t 192.0.2.16/28:80 -r 192.0.2.22 -g
        -a -t 192.0.2.16/28:80 -r 192.0.2.10 -g
        -A -t 192.0.2.40:80 -p --pin 10.0.0.0/8=192.0.2.50
        """;

    assertThatThrownBy(() -> RulesParser.parseForBalancer("web.rules", rules.lines().toList()))
        .hasMessage(
            """
            web.rules:2: tcp 192.0.2.10:80: real server 192.0.2.21 (expected: the server's own address, not the VIP of tcp 192.0.2.16/28:80, web.rules:3)
            web.rules:4: tcp 192.0.2.16/28:80: real server 192.0.2.22 (expected: the server's own address, not the VIP)
            web.rules:5: tcp 192.0.2.16/28:80: real server 192.0.2.10 (expected: the server's own address, not the VIP of tcp 192.0.2.10:80, web.rules:1)
            web.rules:6: tcp 192.0.2.40:80: --pin 10.0.0.0/8=192.0.2.50 (expected: a real server of the service)\
            """);
  }

  @Test
  void namesTheLineOfTooManyTimeouts() {
    List<String> lines = new ArrayList<>();
    for (int vip = 1; vip <= 256; vip++) {
      lines.add("-A -t 192.0.%d.10:80 --timeout established=%d".formatted(vip % 128, 1_000 + vip));
      lines.set(vip - 1, lines.get(vip - 1).replace(":80", ":" + vip));
    }

    assertThatThrownBy(() -> RulesParser.parse("-", lines))
        .hasMessage("-:256: more than 255 different --timeout (expected: at most 255)");
  }

  @Test
  @Timeout(20)
  void readsAServiceOfManyPortsInATimeThatGrowsWithThem() throws Exception {
    String ports = IntStream.range(0, 30_000).mapToObj(i -> "" + (1 + 2 * i)).collect(joining(","));
    List<String> lines = new ArrayList<>();
    lines.add("-A -t 192.0.2.10:" + ports + ",60100-60200 -s rr");
    for (int server = 1; server < 200; server++) {
      lines.add("-a -t 192.0.2.10:1 -r 192.0.3.%d -g".formatted(server));
    }
    lines.add("-A -t 192.0.2.10:60150-60250 -s rr");

    assertThatThrownBy(() -> RulesParser.parse("-", lines))
        .hasMessageStartingWith(
            "-:201: tcp 192.0.2.10:60150-60250 overlaps tcp 192.0.2.10:60100-60200");
    assertThat(RulesParser.parse("-", lines.subList(0, 200)).services().getFirst().keys())
        .hasSize(30_001);
  }

  @Test
  void readsAFileThatBeginsWithAByteOrderMark() throws Exception {
    assertThat(RulesParser.parse("-", List.of("\ufeff-A -t 192.0.2.10:80")).services()).hasSize(1);
  }

  @Test
  void readsWhatScriptsOfIpvsadmSay() throws Exception {
    String script =
        """
        #!/bin/sh
        /sbin/ipvsadm -C
        /sbin/ipvsadm -At 192.0.2.10:80 -s rr
        ipvsadm -at 192.0.2.10:80 -r 192.0.2.21 -gw 5
        """;

    VirtualService service = RulesParser.parse("-", script.lines().toList()).services().getFirst();

    assertThat(service.realServers()).containsExactly(RealServer.of("192.0.2.21", 5));
    assertThatThrownBy(() -> RulesParser.parse("-", List.of("-A -t 192.0.2.10:80", "-C")))
        .hasMessageStartingWith("-:2: -C (a change)");
    assertThatThrownBy(() -> RulesParser.parse("-", List.of("-A -t 192.0.2.10:10000:20000")))
        .hasMessage(
            "-:1: virtual service \"192.0.2.10:10000:20000\" (expected: a range of ports as"
                + " 192.0.2.10:10000-20000)");
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
              assertThat(e.faults().getFirst()).startsWith("-:2: -D (a change)");
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
            web.rules:1: scheduler "best" (expected: dh, fo, hrw, hrw-bounded, lblc, lblcr, lc, mh, mh-bounded, nq, ovf, random, rr, sed, sh, swrr, twos, wlc, wrr)
            web.rules:3: -m (masquerading) (expected: -g; dsr does direct routing only: give the server the VIP on lo, without ARP)\
            """);
  }
}
