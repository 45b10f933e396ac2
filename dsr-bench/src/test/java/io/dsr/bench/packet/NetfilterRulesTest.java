package io.dsr.bench.packet;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class NetfilterRulesTest {

  @Test
  void givesEachServerItsPlaceInTheMap() throws Exception {
    assertThat(NetfilterRules.nft("lb0", Options.parse("--servers", "2")))
        .contains("device \"lb0\"", "ip daddr 198.18.0.10 udp dport 9")
        .contains("mod 2 map { 0 : 02:5e:00:00:00:00, 1 : 02:5e:00:00:00:01 } fwd to \"lb0\"");
  }

  @Test
  void speaksIpv6() throws Exception {
    Options options = Options.parse("--ipv6");

    assertThat(NetfilterRules.nft("lb0", options)).contains("ip6 daddr 2001:2:0:1::a");
    assertThat(NetfilterRules.nftlb(options))
        .contains("\"family\": \"ipv6\"", "\"ip-addr\": \"2001:2:0:1:0:0:1000:3\"");
  }

  @Test
  void countsServersBeyondAByte() {
    assertThat(Segment.server(999, false)).isEqualTo("198.18.19.231");
    assertThat(Segment.serverMac(999)).isEqualTo("02:5e:00:00:03:e7");
  }
}
