package io.dsr.rules;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dsr.core.FlowTracking;
import io.dsr.core.ServiceKey;
import io.dsr.core.VirtualService;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Saves of ipvsadm, as set-ups of the field have them, in the form of ipvsadm 1.31. */
final class SavedRulesTest {

  private static final Names NAMES =
      Names.of(
          List.of("127.0.0.1 localhost"),
          List.of("http 80/tcp", "https 443/tcp", "domain 53/tcp", "domain 53/udp"));

  @ParameterizedTest
  @CsvSource({
    "web-farm, 2, 6",
    "named-ports, 3, 4",
    "seesaw, 3, 5",
    "ipv6, 2, 3",
    "sip, 2, 3",
    "ftp, 1, 2",
    "sctp, 1, 2",
    "maglev, 3, 3"
  })
  void areTakenUnedited(String name, int services, long servers) throws Exception {
    List<VirtualService> read = RulesParser.parse(name, save(name), NAMES).services();

    assertThat(read).hasSize(services);
    assertThat(read.stream().mapToLong(service -> service.realServers().size()).sum())
        .isEqualTo(servers);
  }

  @Test
  void meanWhatTheyMeanToIpvs() throws Exception {
    assertThat(read("named-ports"))
        .extracting(service -> service.key().toString())
        .containsExactly("tcp 192.0.2.10:80", "udp 192.0.2.10:53", "tcp 127.0.0.1:443");
    assertThat(read("ftp").getFirst().keys())
        .extracting(ServiceKey::toString)
        .containsExactly("tcp 192.0.2.10:*");
    assertThat(read("sctp").getFirst().key()).hasToString("sctp 192.0.2.10:3868");
    assertThat(read("sip"))
        .extracting(service -> service.scheduler().map(Object::toString).orElse(""))
        .containsExactly("sh -b sh-fallback,sh-port", "sh -b sh-fallback,sh-port");
    assertThat(read("sip").getFirst().rules().tracking()).isEqualTo(FlowTracking.ONE_PACKET);
    assertThat(read("maglev"))
        .extracting(service -> service.scheduler().map(Object::toString).orElse(""))
        .containsExactly("mh -b mh-fallback,mh-port", "mh -b mh-port", "mh");
    assertThat(read("seesaw").getFirst().keys())
        .extracting(ServiceKey::toString)
        .containsExactly("tcp 192.0.2.11:80", "tcp 192.0.2.11:443");
  }

  @Test
  void areRefusedWithACureWhereTheyMasquerade() throws Exception {
    List<String> lines = save("kube-proxy");

    assertThatThrownBy(() -> RulesParser.parse("kube-proxy", lines, NAMES))
        .isInstanceOfSatisfying(
            RulesException.class,
            e ->
                assertThat(e.faults())
                    .hasSize(4)
                    .allMatch(fault ->
                        fault.endsWith(
                            ": -m (masquerading) (expected: -g; dsr does direct routing only: give"
                                + " the server the VIP on lo, without ARP)")));
  }

  @Test
  void areRefusedWithACureForAMarkThatNobodyExplains() throws Exception {
    List<String> lines = save("fwmark");

    assertThatThrownBy(() -> RulesParser.parse("fwmark", lines, NAMES))
        .hasMessageContaining(
            "fwmark:1: -f 1 without an --fwmark line, which lists what netfilter marks")
        .hasMessageContaining("\"--fwmark 1 -t 192.0.2.10:80 -t 192.0.2.10:443\"")
        .hasMessageContaining("fwmark:4: -f 1 -6 without an --fwmark line")
        .hasMessageContaining("\"--fwmark 1 -t [2001:db8::10]:80 -t [2001:db8::10]:443\"");

    List<String> cured = new ArrayList<>(lines);
    cured.add("--fwmark 1 -t 192.0.2.10:80 -t [2001:db8::10]:80");
    assertThat(RulesParser.parse("fwmark", cured, NAMES).services()).hasSize(2);
  }

  @Test
  void areRefusedWithACureForThePersistenceEngineOfSip() throws Exception {
    List<String> lines = save("sip-engine");

    assertThatThrownBy(() -> RulesParser.parse("sip", lines, NAMES))
        .hasMessageStartingWith("sip:1: --pe (the SIP engine reads the Call-ID")
        .hasMessageEndingWith("as -A -u VIP:5060 -t VIP:5060,5061 -p 1800)");
  }

  @Test
  void areTakenByTheThousand() throws Exception {
    List<String> lines = new ArrayList<>();
    for (int service = 0; service < 2_000; service++) {
      String vip = "198.18." + service / 250 + "." + (service % 250 + 1) + ":80";
      lines.add("-A -t " + vip + " -s wrr");
      for (int server = 1; server <= 4; server++) {
        lines.add("-a -t " + vip + " -r 192.0.2." + server + ":80 -g -w " + server);
      }
    }

    List<VirtualService> read = RulesParser.parse("many", lines).services();

    assertThat(read).hasSize(2_000).allMatch(service -> service.realServers().size() == 4);
  }

  private static List<VirtualService> read(String name) throws Exception {
    return RulesParser.parse(name, save(name), NAMES).services();
  }

  private static List<String> save(String name) throws IOException {
    try (InputStream save =
        Objects.requireNonNull(SavedRulesTest.class.getResourceAsStream(name + ".save"), name)) {
      return new String(save.readAllBytes(), UTF_8).lines().toList();
    }
  }
}
