package io.dsr.core.frame;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;

final class NeighbourFramesTest {

  private static final long MAC = 0x02005e100001L;
  private static final long PEER = 0xf2005e100002L;

  private final ByteBuf out = Unpooled.buffer();

  @Test
  void asksEverybodyByArp() {
    NeighbourFrames.arpRequest(out, NeighbourFrames.BROADCAST, MAC, 0xc0000201, 0xc0000215);

    assertThat(out)
        .isEqualTo(
            FrameBuilder.hex(
                    """
                    ffffffffffff 02005e100001 0806 0001 0800 06 04 0001
                    02005e100001 c0000201 000000000000 c0000215
                    """)
                .pad(60)
                .buffer());
  }

  @Test
  void padsEachFrameOfSeveralInOneBuffer() {
    NeighbourFrames.gratuitousArp(out, MAC, 0xc000020a);
    NeighbourFrames.gratuitousArp(out, MAC, 0xc000020a);

    assertThat(out.readableBytes()).isEqualTo(120);
    assertThat(out.slice(60, 60)).isEqualTo(out.slice(0, 60));
  }

  @Test
  void announcesAnAddressByArp() {
    NeighbourFrames.gratuitousArp(out, MAC, 0xc000020a);

    assertThat(out)
        .isEqualTo(
            FrameBuilder.hex(
                    """
                    ffffffffffff 02005e100001 0806 0001 0800 06 04 0001
                    02005e100001 c000020a 000000000000 c000020a
                    """)
                .pad(60)
                .buffer());
  }

  @Test
  void asksTheSolicitedNodeGroup() {
    solicit(host("2001:db8::1", MAC), NeighbourFrames.BROADCAST, "2001:db8::aabb:ccdd");

    assertThat(out)
        .isEqualTo(
            FrameBuilder.neighbour(135, 0, "2001:db8::aabb:ccdd", 1, MAC)
                .ipv6("2001:db8::1", "ff02::1:ffbb:ccdd", 58, 255)
                .set(0, 0x60)
                .set(1, 0)
                .set(2, 0)
                .set(3, 0)
                .ethernet(0x3333ffbbccddL, MAC, 0x86dd)
                .buffer());
  }

  @Test
  void writesASolicitationByteForByte() {
    solicit(host("fe80::1", MAC), NeighbourFrames.BROADCAST, "fe80::2");

    // The checksum is from another program, which summed pseudo-header and message.
    assertThat(out)
        .isEqualTo(
            FrameBuilder.hex(
                    """
                    3333ff000002 02005e100001 86dd
                    60000000 0020 3a ff
                    fe800000000000000000000000000001
                    ff0200000000000000000001ff000002
                    87 00 1c87 00000000
                    fe800000000000000000000000000002
                    01 01 02005e100001
                    """)
                .buffer());
  }

  @Test
  void asksOneHostAlone() {
    solicit(host("2001:db8::1", MAC), PEER, "2001:db8::2");

    assertThat(out)
        .isEqualTo(
            plain(
                FrameBuilder.neighbour(135, 0, "2001:db8::2", 1, MAC)
                    .ipv6("2001:db8::1", "2001:db8::2", 58, 255),
                PEER));
  }

  @Test
  void asksWithoutAnAddressOfItsOwn() {
    solicit(host("::", MAC), NeighbourFrames.BROADCAST, "2001:db8::2");

    assertThat(out)
        .isEqualTo(
            plain(
                FrameBuilder.neighbour(135, 0, "2001:db8::2", 0, 0)
                    .ipv6("::", "ff02::1:ff00:2", 58, 255),
                0x3333ff000002L));
  }

  @Test
  void answersWhoAsked() {
    NeighbourFrames.advertisement(out, host("2001:db8::10", MAC), host("2001:db8::2", PEER));

    assertThat(out)
        .isEqualTo(
            plain(
                FrameBuilder.neighbour(136, 0x60, "2001:db8::10", 2, MAC)
                    .ipv6("2001:db8::10", "2001:db8::2", 58, 255),
                PEER));
  }

  @Test
  void tellsEverybodyWhoHasAnAddress() {
    NeighbourFrames.announcement(out, host("2001:db8::10", MAC));

    assertThat(out)
        .isEqualTo(
            plain(
                FrameBuilder.neighbour(136, 0x20, "2001:db8::10", 2, MAC)
                    .ipv6("2001:db8::10", "ff02::1", 58, 255),
                0x333300000001L));
  }

  @Test
  void writesWhatItsOwnViewFindsGenuine() {
    solicit(host("::", MAC), NeighbourFrames.BROADCAST, "2001:db8::2");
    NeighbourFrames.announcement(out, host("2001:db8::10", MAC));
    var packet = new Ipv6Packet();
    var message = new NeighbourMessage();

    for (int start : new int[] {14, 14 + 40 + 24 + 14}) {
      assertThat(packet.wrap(out, start)).isTrue();
      assertThat(packet.walkExtensions()).isTrue();
      assertThat(message.wrap(out, packet.transportIndex(), packet.transportLength())).isTrue();
      assertThat(message.isGenuine(packet)).isTrue();
    }
  }

  private void solicit(NeighbourFrames.Host from, long to, String target) {
    NeighbourFrames.solicitation(
        out, from, to, Addresses.ipv6(target, 0), Addresses.ipv6(target, 1));
  }

  /** FrameBuilder it with no traffic class and no flow label, neither of which is in a checksum. */
  private static ByteBuf plain(FrameBuilder packet, long to) {
    return packet.set(0, 0x60).set(1, 0).set(2, 0).set(3, 0).ethernet(to, MAC, 0x86dd).buffer();
  }

  private static NeighbourFrames.Host host(String address, long mac) {
    return new NeighbourFrames.Host(mac, Addresses.ipv6(address, 0), Addresses.ipv6(address, 1));
  }
}
