package io.dsr.core.frame;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class Ipv6PacketTest {

  private static final String FROM = "2001:db8::1";
  private static final String TO = "fd00:1:2:3:4:5:6:7";

  private final Ipv6Packet packet = new Ipv6Packet();

  @Test
  void readsAHeader() {
    ByteBuf frame =
        FrameBuilder.hex(
                """
                6a b1 23 45 0003 06 40
                20010db8 00000000 00000000 00000001
                fd000001 00020003 00040005 00060007
                414243 00
                """)
            .buffer();

    assertThat(packet.wrap(frame, 0)).isTrue();

    assertThat(packet.trafficClass()).isEqualTo(0xab);
    assertThat(packet.payloadLength()).isEqualTo(3);
    assertThat(packet.nextHeader()).isEqualTo(IpProtocol.TCP);
    assertThat(packet.hopLimit()).isEqualTo(64);
    assertThat(packet.sourceHigh()).isEqualTo(0x20010db8_00000000L);
    assertThat(packet.sourceLow()).isEqualTo(1);
    assertThat(packet.destinationHigh()).isEqualTo(0xfd000001_00020003L);
    assertThat(packet.destinationLow()).isEqualTo(0x00040005_00060007L);
    assertThat(packet.walkExtensions()).isTrue();
    assertThat(packet.transportProtocol()).isEqualTo(IpProtocol.TCP);
    assertThat(packet.transportIndex()).isEqualTo(40);
    assertThat(packet.transportLength()).isEqualTo(3);
    assertThat(packet.isFragment()).isFalse();
    assertThat(packet.fragmentOffset()).isZero();
    assertThat(packet.fragmentIdentification()).isZero();
  }

  @Test
  void refusesOtherVersionsAndWhatDoesNotFit() {
    assertThat(wrap(FrameBuilder.text("abc").ipv6(FROM, TO, 6).set(0, 0x50))).isFalse();
    assertThat(wrap(FrameBuilder.text("abc").ipv6(FROM, TO, 6).truncate(42))).isFalse();
    assertThat(wrap(FrameBuilder.text("").ipv6(FROM, TO, 59).truncate(39))).isFalse();
    assertThat(wrap(FrameBuilder.text("").ipv6(FROM, TO, 59))).isTrue();
  }

  @Test
  void walksEveryExtensionHeader() {
    FrameBuilder chain =
        FrameBuilder.text("abc")
            .extension(17, 1)
            .extension(140, 2)
            .extension(139, 1)
            .authentication(135, 6)
            .extension(51, 1)
            .extension(60, 3)
            .extension(43, 1)
            .ipv6(FROM, TO, 0);

    assertThat(wrap(chain)).isTrue();
    assertThat(packet.walkExtensions()).isTrue();

    assertThat(packet.transportProtocol()).isEqualTo(17);
    assertThat(packet.transportIndex()).isEqualTo(40 + 8 * 9 + 24);
    assertThat(packet.transportLength()).isEqualTo(3);
  }

  @Test
  void stopsAtEncryptionAndAtNothing() {
    assertThat(wrap(FrameBuilder.text("abc").extension(50, 1).ipv6(FROM, TO, 60))).isTrue();
    assertThat(packet.walkExtensions()).isTrue();
    assertThat(packet.transportProtocol()).isEqualTo(IpProtocol.ESP);

    assertThat(wrap(FrameBuilder.text("abc").extension(59, 1).ipv6(FROM, TO, 60))).isTrue();
    assertThat(packet.walkExtensions()).isTrue();
    assertThat(packet.transportProtocol()).isEqualTo(IpProtocol.NONE);
  }

  @Test
  void takesEightExtensionsAndNoMore() {
    assertThat(wrap(chain(8).ipv6(FROM, TO, 60))).isTrue();
    assertThat(packet.walkExtensions()).isTrue();
    assertThat(packet.transportProtocol()).isEqualTo(6);

    assertThat(wrap(chain(9).ipv6(FROM, TO, 60))).isTrue();
    assertThat(packet.walkExtensions()).isFalse();
  }

  @Test
  void refusesHopByHopOptionsInTheMiddle() {
    assertThat(wrap(FrameBuilder.text("").extension(6, 1).extension(0, 1).ipv6(FROM, TO, 60)))
        .isTrue();
    assertThat(packet.walkExtensions()).isFalse();
  }

  @Test
  void refusesAnExtensionThatExceedsThePacketThoughTheFrameHasIt() {
    FrameBuilder longer =
        FrameBuilder.text("").extension(6, 1).ipv6(FROM, TO, 60).set(41, 1).pad(100);
    assertThat(wrap(longer)).isTrue();
    assertThat(packet.walkExtensions()).isFalse();

    FrameBuilder cut = FrameBuilder.text("").extension(6, 1).ipv6(FROM, TO, 60).set(5, 7).pad(100);
    assertThat(wrap(cut)).isTrue();
    assertThat(packet.walkExtensions()).isFalse();
  }

  @Test
  void tellsTheFirstFragmentFromTheLast() {
    assertThat(
            wrap(FrameBuilder.text("abcdefgh").fragment(6, 0, true, 0xfeedbeef).ipv6(FROM, TO, 44)))
        .isTrue();
    assertThat(packet.walkExtensions()).isTrue();
    assertThat(packet.isFragment()).isTrue();
    assertThat(packet.hasMoreFragments()).isTrue();
    assertThat(packet.fragmentOffset()).isZero();
    assertThat(packet.fragmentIdentification()).isEqualTo(0xfeedbeef);
    assertThat(packet.transportProtocol()).isEqualTo(6);

    // What is behind says it is an extension; of this packet it is data.
    assertThat(wrap(FrameBuilder.text("abcdefgh").fragment(60, 65_528, false).ipv6(FROM, TO, 44)))
        .isTrue();
    assertThat(packet.walkExtensions()).isTrue();
    assertThat(packet.isFragment()).isTrue();
    assertThat(packet.hasMoreFragments()).isFalse();
    assertThat(packet.fragmentOffset()).isEqualTo(65_528);
    assertThat(packet.transportProtocol()).isEqualTo(60);
    assertThat(packet.transportIndex()).isEqualTo(48);
  }

  @ParameterizedTest
  @CsvSource({
    "0, false, false, false",
    "0, true, true, false",
    "8, true, false, true",
    "8, false, false, true",
    "65528, false, false, true"
  })
  void tellsTheFragmentWithTheTransportHeader(
      int offset, boolean more, boolean first, boolean later) {
    FrameBuilder part =
        FrameBuilder.text("abcdefgh").udp(1, 2).fragment(17, offset, more, 0xfeedbeef);
    assertThat(wrap(part.extension(44, 1).ipv6(FROM, TO, 60))).isTrue();
    assertThat(packet.isFirstFragment()).isFalse();
    assertThat(packet.isLaterFragment()).isFalse();
    assertThat(packet.walkExtensions()).isTrue();

    assertThat(packet.isFirstFragment()).isEqualTo(first);
    assertThat(packet.isLaterFragment()).isEqualTo(later);
    assertThat(packet.isFragment()).isEqualTo(first || later);
    assertThat(packet.fragmentIdentification()).isEqualTo(0xfeedbeef);
    assertThat(packet.transportIndex()).isEqualTo(56);
    assertThat(packet.transportLength()).isEqualTo(16);
  }

  @Test
  void walksToTheTransportHeaderOfAFirstFragment() {
    FrameBuilder part = FrameBuilder.text("").udp(1, 2).extension(17, 2).fragment(60, 0, true);
    assertThat(wrap(part.ipv6(FROM, TO, 44))).isTrue();
    assertThat(packet.walkExtensions()).isTrue();

    assertThat(packet.isFirstFragment()).isTrue();
    assertThat(packet.transportProtocol()).isEqualTo(IpProtocol.UDP);
    assertThat(packet.transportIndex()).isEqualTo(64);
    assertThat(packet.transportLength()).isEqualTo(8);
  }

  @Test
  void takesAnAtomicFragmentForAWholePacket() {
    assertThat(wrap(FrameBuilder.text("abc").fragment(6, 0, false).ipv6(FROM, TO, 44))).isTrue();
    assertThat(packet.walkExtensions()).isTrue();
    assertThat(packet.isFragment()).isFalse();
    assertThat(packet.transportIndex()).isEqualTo(48);
  }

  @Test
  void refusesAFragmentBehindAnAtomicOne() {
    FrameBuilder hidden = FrameBuilder.text("abc").fragment(6, 8, false).fragment(44, 0, false);
    assertThat(wrap(hidden.ipv6(FROM, TO, 44))).isTrue();
    assertThat(packet.walkExtensions()).isFalse();
  }

  @Test
  void walksTwiceToTheSameEnd() {
    FrameBuilder last =
        FrameBuilder.text("abc").fragment(6, 8, false).extension(44, 1).ipv6(FROM, TO, 60);
    assertThat(wrap(last)).isTrue();
    assertThat(packet.walkExtensions()).isTrue();
    assertThat(packet.walkExtensions()).isTrue();
    assertThat(packet.transportIndex()).isEqualTo(56);
    assertThat(packet.transportProtocol()).isEqualTo(6);
  }

  @Test
  void forgetsTheFragmentOfTheLastPacket() {
    assertThat(wrap(FrameBuilder.text("abcdefgh").fragment(6, 8, true).ipv6(FROM, TO, 44)))
        .isTrue();
    assertThat(packet.walkExtensions()).isTrue();
    assertThat(wrap(FrameBuilder.text("abcdefgh").ipv6(FROM, TO, 6))).isTrue();
    assertThat(packet.isFragment()).isFalse();
  }

  @Test
  void setsAddressesAndHopLimit() {
    ByteBuf frame = FrameBuilder.text("").ipv6(FROM, TO, 59).buffer();
    assertThat(packet.wrap(frame, 0)).isTrue();

    packet.source(0xfd000001_00020003L, 0x00040005_00060007L).destination(0x20010db8L << 32, 1);
    packet.hopLimit(255);

    assertThat(frame).isEqualTo(FrameBuilder.text("").ipv6(TO, FROM, 59, 255).buffer());
  }

  private static FrameBuilder chain(int length) {
    FrameBuilder chain = FrameBuilder.text("").extension(6, 1);
    for (int i = 1; i < length; i++) {
      chain.extension(60, 1);
    }
    return chain;
  }

  private boolean wrap(FrameBuilder frames) {
    return packet.wrap(frames.buffer(), 0);
  }
}
