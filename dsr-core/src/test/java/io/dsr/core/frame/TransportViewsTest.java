package io.dsr.core.frame;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The views of what is inside IP packets: TCP, UDP, ICMP. */
final class TransportViewsTest {

  private static final String TCP =
      "ffff 8050 89abcdef fedcba98 60 12 fa00 c0de 0000 020405b4 414243";

  private final TcpSegment tcp = new TcpSegment();
  private final UdpDatagram udp = new UdpDatagram();
  private final IcmpMessage icmp = new IcmpMessage();

  @Test
  void readsATcpHeader() {
    assertThat(tcp.wrap(FrameBuilder.hex(TCP).buffer(), 0, 27)).isTrue();

    assertThat(tcp.sourcePort()).isEqualTo(0xffff);
    assertThat(tcp.destinationPort()).isEqualTo(0x8050);
    assertThat(tcp.sequence()).isEqualTo(0x89abcdef);
    assertThat(tcp.acknowledgement()).isEqualTo(0xfedcba98);
    assertThat(tcp.flags()).isEqualTo(TcpSegment.SYN | TcpSegment.ACK);
    assertThat(tcp.window()).isEqualTo(0xfa00);
    assertThat(tcp.checksum()).isEqualTo(0xc0de);
    assertThat(tcp.headerLength()).isEqualTo(24);
    assertThat(tcp.payloadLength()).isEqualTo(3);
    assertThat(tcp.sequenceEnd()).isEqualTo(0x89abcdef + 4);
  }

  @ParameterizedTest
  @CsvSource({"2, 4", "1, 4", "3, 5", "16, 3", "4, 3", "17, 4"})
  void numbersSynAndFin(int flags, int length) {
    ByteBuf segment = FrameBuilder.text("abc").tcp(1, 2, flags, -2, 0).buffer();
    assertThat(tcp.wrap(segment, 0, 23)).isTrue();

    assertThat(tcp.sequenceEnd()).isEqualTo(length - 2);
  }

  @Test
  void refusesATcpHeaderThatDoesNotFit() {
    assertThat(tcp.wrap(FrameBuilder.hex(TCP).buffer(), 0, 19)).isFalse();
    assertThat(tcp.wrap(FrameBuilder.hex(TCP).buffer(), 0, 23)).isFalse();
    assertThat(tcp.wrap(FrameBuilder.hex(TCP).buffer(), 0, 24)).isTrue();
    assertThat(tcp.wrap(FrameBuilder.hex(TCP).set(12, 0x40).buffer(), 0, 27)).isFalse();
    assertThat(tcp.wrap(FrameBuilder.hex(TCP).set(12, 0xf0).buffer(), 0, 27)).isFalse();
  }

  @Test
  void readsAUdpHeader() {
    assertThat(udp.wrap(FrameBuilder.hex("fffe 0035 000a abcd 4142 00").buffer(), 0, 11)).isTrue();

    assertThat(udp.sourcePort()).isEqualTo(0xfffe);
    assertThat(udp.destinationPort()).isEqualTo(53);
    assertThat(udp.length()).isEqualTo(10);
    assertThat(udp.checksum()).isEqualTo(0xabcd);
  }

  @Test
  void refusesAUdpHeaderThatDoesNotFit() {
    assertThat(udp.wrap(FrameBuilder.hex("fffe 0035 0008 abcd").buffer(), 0, 7)).isFalse();
    assertThat(udp.wrap(FrameBuilder.hex("fffe 0035 0007 abcd").buffer(), 0, 8)).isFalse();
    assertThat(udp.wrap(FrameBuilder.hex("fffe 0035 0009 abcd 41").buffer(), 0, 8)).isFalse();
    assertThat(udp.wrap(FrameBuilder.hex("fffe 0035 0008 abcd").buffer(), 0, 8)).isTrue();
  }

  @Test
  void readsAUdpHeaderWhoseDatagramGoesOnInOtherFragments() {
    ByteBuf first = FrameBuilder.hex("fffe 0035 ffff abcd 41").buffer();
    assertThat(udp.wrap(first, 0, 9)).isFalse();
    assertThat(udp.wrapFirstFragment(first, 0, 9)).isTrue();

    assertThat(udp.sourcePort()).isEqualTo(0xfffe);
    assertThat(udp.destinationPort()).isEqualTo(53);
    assertThat(udp.length()).isEqualTo(0xffff);
    assertThat(udp.wrapFirstFragment(first, 0, 7)).isFalse();
    assertThat(udp.wrapFirstFragment(FrameBuilder.hex("fffe 0035 0007 abcd").buffer(), 0, 8))
        .isFalse();
  }

  @Test
  void readsAnEchoRequestOfEachFamily() {
    assertThat(icmp.wrap(FrameBuilder.hex("0800 1234 fedc ba98 4142").buffer(), 0, 10, false))
        .isTrue();
    assertThat(icmp.isEchoRequest()).isTrue();
    assertThat(icmp.type()).isEqualTo(8);
    assertThat(icmp.code()).isZero();
    assertThat(icmp.checksum()).isEqualTo(0x1234);
    assertThat(icmp.identifier()).isEqualTo(0xfedc);
    assertThat(icmp.sequence()).isEqualTo(0xba98);
    assertThat(icmp.bodyIndex()).isEqualTo(8);
    assertThat(icmp.bodyLength()).isEqualTo(2);

    assertThat(icmp.wrap(FrameBuilder.hex("8000 1234 0001 0002").buffer(), 0, 8, true)).isTrue();
    assertThat(icmp.isEchoRequest()).isTrue();
    assertThat(icmp.wrap(FrameBuilder.hex("0801 1234 0001 0002").buffer(), 0, 8, false)).isTrue();
    assertThat(icmp.isEchoRequest()).isFalse();
    assertThat(icmp.wrap(FrameBuilder.hex("0800 1234 0001 0002").buffer(), 0, 8, true)).isTrue();
    assertThat(icmp.isEchoRequest()).isFalse();
    assertThat(icmp.wrap(FrameBuilder.hex("0800 1234 0001 0002").buffer(), 0, 7, false)).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "0, false, false",
    "3, true, true",
    "4, true, true",
    "5, false, true",
    "8, false, true",
    "11, true, true",
    "12, true, true",
    "127, false, true",
    "128, false, false",
    "133, false, false",
    "255, false, false"
  })
  void tellsErrorsOfEachFamily(int type, boolean ipv4, boolean ipv6) {
    ByteBuf message = FrameBuilder.text("").icmp(type, 0, 0).buffer();

    assertThat(icmp.wrap(message, 0, 8, false)).isTrue();
    assertThat(icmp.isError()).isEqualTo(ipv4);
    assertThat(icmp.isNeighbourDiscovery()).isFalse();
    assertThat(icmp.wrap(message, 0, 8, true)).isTrue();
    assertThat(icmp.isError()).isEqualTo(ipv6);
    assertThat(icmp.isNeighbourDiscovery()).isEqualTo(type == 133);
  }

  @ParameterizedTest
  @CsvSource({"132, false", "133, true", "135, true", "136, true", "137, true", "138, false"})
  void tellsNeighbourDiscovery(int type, boolean is) {
    assertThat(icmp.wrap(FrameBuilder.text("").icmp(type, 0, 0).buffer(), 0, 8, true)).isTrue();
    assertThat(icmp.isNeighbourDiscovery()).isEqualTo(is);
  }

  @Test
  void turnsARequestIntoAReplyWithARightChecksum() {
    ByteBuf message = FrameBuilder.text("abcde").icmp(8, 0, 0x00070001).buffer();
    assertThat(icmp.wrap(message, 0, 13, false)).isTrue();

    icmp.type(IcmpMessage.ECHO_REPLY);

    assertThat(message).isEqualTo(FrameBuilder.text("abcde").icmp(0, 0, 0x00070001).buffer());
  }
}
