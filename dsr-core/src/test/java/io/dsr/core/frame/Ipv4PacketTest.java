package io.dsr.core.frame;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class Ipv4PacketTest {

  /** A header whose checksum, 0xb861, is worked out in many a textbook. */
  private static final String HEADER =
      """
      45 00 00 73 00 00 40 00 40 11 b8 61 c0 a8 00 01 c0 a8 00 c7
      """;

  private final Ipv4Packet packet = new Ipv4Packet();

  @Test
  void readsAHeader() {
    assertThat(packet.wrap(FrameBuilder.hex(HEADER).pad(0x73).buffer(), 0)).isTrue();

    assertThat(packet.headerLength()).isEqualTo(20);
    assertThat(packet.totalLength()).isEqualTo(0x73);
    assertThat(packet.payloadIndex()).isEqualTo(20);
    assertThat(packet.payloadLength()).isEqualTo(0x73 - 20);
    assertThat(packet.trafficClass()).isZero();
    assertThat(packet.identification()).isZero();
    assertThat(packet.timeToLive()).isEqualTo(64);
    assertThat(packet.protocol()).isEqualTo(IpProtocol.UDP);
    assertThat(packet.checksum()).isEqualTo(0xb861);
    assertThat(packet.isChecksumRight()).isTrue();
    assertThat(packet.source()).isEqualTo(0xc0a8_0001);
    assertThat(packet.destination()).isEqualTo(0xc0a8_00c7);
    assertThat(packet.isFragment()).isFalse();
  }

  @Test
  void countsOptionsAsHeader() {
    byte[] options = new byte[40];
    ByteBuf frame =
        FrameBuilder.text("abc")
            .ipv4("192.0.2.1", "192.0.2.2", 253, 0, options)
            .trafficClass(0x28)
            .identification(0xbeef)
            .pad(100)
            .buffer();

    assertThat(packet.wrap(frame, 0)).isTrue();

    assertThat(packet.headerLength()).isEqualTo(60);
    assertThat(packet.payloadIndex()).isEqualTo(60);
    assertThat(packet.payloadLength()).isEqualTo(3);
    assertThat(packet.trafficClass()).isEqualTo(0x28);
    assertThat(packet.identification()).isEqualTo(0xbeef);
    assertThat(packet.isChecksumRight()).isTrue();
  }

  @Test
  void takesWhatIsBehindTheTotalLengthForPadding() {
    assertThat(packet.wrap(FrameBuilder.hex(HEADER).pad(0x80).buffer(), 0)).isTrue();

    assertThat(packet.totalLength()).isEqualTo(0x73);
  }

  @Test
  void tellsFragments() {
    wrapFragment(0x2000);
    assertThat(packet.isFragment()).isTrue();
    assertThat(packet.hasMoreFragments()).isTrue();
    assertThat(packet.fragmentOffset()).isZero();

    wrapFragment(0x1fff);
    assertThat(packet.isFragment()).isTrue();
    assertThat(packet.hasMoreFragments()).isFalse();
    assertThat(packet.fragmentOffset()).isEqualTo(65_528);

    wrapFragment(0x4000);
    assertThat(packet.isFragment()).isFalse();
    wrapFragment(0x8000);
    assertThat(packet.isFragment()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "0x0000, false, false",
    "0x4000, false, false",
    "0x8000, false, false",
    "0x2000, true, false",
    "0x6000, true, false",
    "0x2001, false, true",
    "0x0001, false, true",
    "0x1fff, false, true",
    "0x3fff, false, true"
  })
  void tellsTheFragmentWithTheTransportHeader(int fragment, boolean first, boolean later) {
    wrapFragment(fragment);

    assertThat(packet.isFirstFragment()).isEqualTo(first);
    assertThat(packet.isLaterFragment()).isEqualTo(later);
    assertThat(packet.isFragment()).isEqualTo(first || later);
    assertThat(packet.identification()).isEqualTo(0xbeef);
    assertThat(packet.payloadIndex()).isEqualTo(20);
    assertThat(packet.payloadLength()).isEqualTo(3);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "54 00 0014", // another version
        "44 00 0014", // a header of sixteen bytes
        "46 00 0014", // a header longer than the packet
        "45 00 0013", // a packet shorter than its header
        "45 00 0015", // a packet longer than the frame
        "45 00 0000" // no length at all
      })
  void refusesLengthsThatContradictEachOther(String beginning) {
    assertThat(packet.wrap(FrameBuilder.hex(beginning).pad(20).buffer(), 0)).isFalse();
  }

  @Test
  void refusesAHeaderThatDoesNotFit() {
    assertThat(packet.wrap(FrameBuilder.hex("45 00 0014").pad(19).buffer(), 0)).isFalse();
    assertThat(packet.wrap(FrameBuilder.hex("45 00 0014").pad(20).buffer(), 0)).isTrue();
  }

  @Test
  void takesNoLengthForTheRestWhereTheRestIsTooLongToSay() {
    assertThat(packet.wrap(FrameBuilder.hex("45 00 0000").pad(65_536).buffer(), 0)).isTrue();
    assertThat(packet.totalLength()).isEqualTo(65_536);
    assertThat(packet.wrap(FrameBuilder.hex("45 00 0000").pad(65_535).buffer(), 0)).isFalse();
  }

  @Test
  void setsFieldsAndMakesTheChecksumRight() {
    ByteBuf frame = FrameBuilder.hex(HEADER).pad(0x73).buffer();
    assertThat(packet.wrap(frame, 0)).isTrue();

    packet.source(0xc0a8_00c7).destination(0xc0a8_0001).timeToLive(1);
    assertThat(packet.isChecksumRight()).isFalse();
    packet.computeChecksum();

    assertThat(packet.isChecksumRight()).isTrue();
    // 63 hops fewer, in the high octet of a word: RFC 1624 with no recourse to the code.
    assertThat(packet.checksum()).isEqualTo(0xb861 + 0x3f00);
    assertThat(packet.source()).isEqualTo(0xc0a8_00c7);
    assertThat(packet.destination()).isEqualTo(0xc0a8_0001);
    assertThat(packet.timeToLive()).isEqualTo(1);
  }

  private void wrapFragment(int fragment) {
    ByteBuf frame =
        FrameBuilder.text("abc")
            .ipv4("192.0.2.1", "192.0.2.2", 6, fragment, new byte[0])
            .identification(0xbeef)
            .buffer();
    assertThat(packet.wrap(frame, 0)).isTrue();
  }
}
