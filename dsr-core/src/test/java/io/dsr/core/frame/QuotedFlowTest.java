package io.dsr.core.frame;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import org.junit.jupiter.api.Test;

final class QuotedFlowTest {

  private static final String FROM = "2001:db8::10";
  private static final String TO = "2001:db8:ffff::9";

  private final QuotedFlow quoted = new QuotedFlow();

  @Test
  void readsAnIpv4PacketCutBehindItsPorts() {
    FrameBuilder packet =
        FrameBuilder.text("data").tcp(80, 40_000, 16, 1, 2).ipv4("203.0.113.9", "198.51.100.7", 6);

    assertThat(quoted.wrapIpv4(packet.truncate(24).buffer(), 0, 24)).isTrue();

    assertThat(quoted.protocol()).isEqualTo(6);
    assertThat(quoted.sourceHigh()).isZero();
    assertThat(quoted.sourceLow()).isEqualTo(0xcb007109L);
    assertThat(quoted.destinationHigh()).isZero();
    assertThat(quoted.destinationLow()).isEqualTo(0xc6336407L);
    assertThat(quoted.sourcePort()).isEqualTo(80);
    assertThat(quoted.destinationPort()).isEqualTo(40_000);
  }

  @Test
  void looksBehindIpv4Options() {
    byte[] bytes =
        FrameBuilder.text("")
            .udp(53, 5353)
            .ipv4("192.0.2.1", "192.0.2.2", 17, 0, new byte[12])
            .bytes();
    ByteBuf packet = FrameBuilder.payload(bytes).buffer();

    assertThat(quoted.wrapIpv4(packet, 0, 36)).isTrue();

    assertThat(quoted.sourcePort()).isEqualTo(53);
    assertThat(quoted.destinationPort()).isEqualTo(5353);
    assertThat(quoted.wrapIpv4(packet, 0, 35)).isFalse();
  }

  @Test
  void refusesIpv4WithoutPorts() {
    assertThat(quoted.wrapIpv4(ipv4(0).buffer(), 0, 23)).isFalse();
    assertThat(quoted.wrapIpv4(ipv4(0).buffer(), 0, 19)).isFalse();
    assertThat(quoted.wrapIpv4(ipv4(1).buffer(), 0, 28)).isFalse();
    assertThat(quoted.wrapIpv4(ipv4(0x2000).buffer(), 0, 28)).isTrue();
    assertThat(quoted.wrapIpv4(ipv4(0).set(0, 0x44).buffer(), 0, 28)).isFalse();
    assertThat(quoted.wrapIpv4(ipv4(0).set(0, 0x65).buffer(), 0, 28)).isFalse();
    assertThat(quoted.wrapIpv4(ipv4(0).set(0, 0x4f).buffer(), 0, 28)).isFalse();
  }

  @Test
  void readsAnIpv6PacketBehindExtensions() {
    FrameBuilder packet =
        FrameBuilder.text("")
            .tcp(443, 50_000, 16, 1, 2)
            .fragment(6, 0, true)
            .authentication(44, 6)
            .extension(51, 2)
            .ipv6(FROM, TO, 60);
    int ports = 40 + 16 + 24 + 8 + 4;

    assertThat(quoted.wrapIpv6(packet.buffer(), 0, ports)).isTrue();

    assertThat(quoted.protocol()).isEqualTo(6);
    assertThat(quoted.sourceHigh()).isEqualTo(Addresses.ipv6(FROM, 0));
    assertThat(quoted.sourceLow()).isEqualTo(Addresses.ipv6(FROM, 1));
    assertThat(quoted.destinationHigh()).isEqualTo(Addresses.ipv6(TO, 0));
    assertThat(quoted.destinationLow()).isEqualTo(Addresses.ipv6(TO, 1));
    assertThat(quoted.sourcePort()).isEqualTo(443);
    assertThat(quoted.destinationPort()).isEqualTo(50_000);
    assertThat(quoted.wrapIpv6(packet.buffer(), 0, ports - 1)).isFalse();
  }

  @Test
  void refusesIpv6WithoutPorts() {
    FrameBuilder later = FrameBuilder.text("abcdefgh").fragment(6, 8, true).ipv6(FROM, TO, 44);
    assertThat(quoted.wrapIpv6(later.buffer(), 0, 56)).isFalse();
    FrameBuilder whole = FrameBuilder.text("abcdefgh").ipv6(FROM, TO, 6);
    assertThat(quoted.wrapIpv6(whole.buffer(), 0, 39)).isFalse();
    assertThat(quoted.wrapIpv6(whole.buffer(), 0, 43)).isFalse();
    assertThat(quoted.wrapIpv6(whole.buffer(), 0, 44)).isTrue();
    assertThat(quoted.wrapIpv6(whole.set(0, 0x45).buffer(), 0, 48)).isFalse();
  }

  @Test
  void takesEightExtensionsAndNoMore() {
    FrameBuilder chain = FrameBuilder.text("abcdefgh").extension(6, 1);
    for (int i = 0; i < 7; i++) {
      chain.extension(60, 1);
    }
    byte[] eight = chain.bytes();
    assertThat(quoted.wrapIpv6(FrameBuilder.payload(eight).ipv6(FROM, TO, 60).buffer(), 0, 112))
        .isTrue();
    FrameBuilder nine = FrameBuilder.payload(eight).extension(60, 1).ipv6(FROM, TO, 60);
    assertThat(quoted.wrapIpv6(nine.buffer(), 0, 120)).isFalse();
  }

  private static FrameBuilder ipv4(int fragment) {
    return FrameBuilder.text("abcdefgh").ipv4("192.0.2.1", "192.0.2.2", 6, fragment, new byte[0]);
  }
}
