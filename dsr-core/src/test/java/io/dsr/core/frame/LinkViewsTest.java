package io.dsr.core.frame;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import org.junit.jupiter.api.Test;

/** The views of what is on the link: Ethernet, VLAN tags, ARP. */
final class LinkViewsTest {

  private final EthernetFrame ethernet = new EthernetFrame();
  private final VlanTag vlan = new VlanTag();
  private final ArpPacket arp = new ArpPacket();

  @Test
  void readsAnEthernetHeader() {
    ByteBuf frame = FrameBuilder.hex("02005e100001 020000ffeedd 86dd 99").buffer();

    assertThat(ethernet.wrap(frame)).isTrue();

    assertThat(ethernet.destination()).isEqualTo(0x02005e100001L);
    assertThat(ethernet.source()).isEqualTo(0x020000ffeeddL);
    assertThat(ethernet.etherType()).isEqualTo(EtherType.IPV6);
    assertThat(ethernet.payloadIndex()).isEqualTo(14);
  }

  @Test
  void readsMacsOfAllOnesWithoutASign() {
    assertThat(ethernet.wrap(FrameBuilder.hex("ffffffffffff fffffffffffe ffff").buffer())).isTrue();

    assertThat(ethernet.destination()).isEqualTo(NeighbourFrames.BROADCAST);
    assertThat(ethernet.source()).isEqualTo(0xffff_ffff_fffeL);
    assertThat(ethernet.etherType()).isEqualTo(0xffff);
  }

  @Test
  void setsBothMacsInOneStepByTheirLow48Bits() {
    ByteBuf frame = FrameBuilder.hex("000000000000 000000000000 0800 45").buffer();
    assertThat(ethernet.wrap(frame)).isTrue();

    ethernet.addresses(0xffff_fedc_ba98_7654L, 0xeeee_8123_4567_89abL);

    assertThat(ByteBufUtil.hexDump(frame)).isEqualTo("fedcba987654" + "8123456789ab" + "080045");
    assertThat(ethernet.destination()).isEqualTo(0xfedc_ba98_7654L);
    assertThat(ethernet.source()).isEqualTo(0x8123_4567_89abL);
  }

  @Test
  void setsBothMacsAndNothingElse() {
    ByteBuf frame = FrameBuilder.hex("000000000000 000000000000 0800 45").buffer();
    assertThat(ethernet.wrap(frame)).isTrue();

    ethernet.destination(0xfedcba987654L).source(0x0123456789abL);

    assertThat(frame).isEqualTo(FrameBuilder.hex("fedcba987654 0123456789ab 0800 45").buffer());
  }

  @Test
  void readsFromTheReaderIndexOn() {
    ByteBuf frame = FrameBuilder.hex("aaaa 02005e100001 020000ffeedd 0806").buffer().skipBytes(2);

    assertThat(ethernet.wrap(frame)).isTrue();

    assertThat(ethernet.destination()).isEqualTo(0x02005e100001L);
    assertThat(ethernet.payloadIndex()).isEqualTo(16);
  }

  @Test
  void refusesAnEthernetHeaderThatDoesNotFit() {
    assertThat(ethernet.wrap(FrameBuilder.hex("02005e100001 020000ffeedd 08").buffer())).isFalse();
  }

  @Test
  void readsAVlanTag() {
    assertThat(vlan.wrap(FrameBuilder.hex("00 b064 0800").buffer(), 1)).isTrue();

    assertThat(vlan.priority()).isEqualTo(5);
    assertThat(vlan.isDropEligible()).isTrue();
    assertThat(vlan.id()).isEqualTo(100);
    assertThat(vlan.etherType()).isEqualTo(EtherType.IPV4);
    assertThat(vlan.payloadIndex()).isEqualTo(5);
    assertThat(vlan.wrap(FrameBuilder.hex("effe 88a8").buffer(), 0)).isTrue();
    assertThat(vlan.priority()).isEqualTo(7);
    assertThat(vlan.isDropEligible()).isFalse();
    assertThat(vlan.id()).isEqualTo(4094);
  }

  @Test
  void refusesAVlanTagThatDoesNotFit() {
    assertThat(vlan.wrap(FrameBuilder.hex("b064 08").buffer(), 0)).isFalse();
    assertThat(vlan.wrap(FrameBuilder.hex("b064 0800").buffer(), 1)).isFalse();
  }

  @Test
  void readsAnArpPacket() {
    assertThat(arp.wrap(request().buffer(), 0)).isTrue();

    assertThat(arp.operation()).isEqualTo(ArpPacket.REQUEST);
    assertThat(arp.senderMac()).isEqualTo(0x020000000001L);
    assertThat(arp.senderIp()).isEqualTo(0xc000_0201);
    assertThat(arp.targetMac()).isEqualTo(0xff0000000002L);
    assertThat(arp.targetIp()).isEqualTo(0xc000_0202);
  }

  @Test
  void setsTheFieldsOfAnArpPacket() {
    ByteBuf packet = request().buffer();
    assertThat(arp.wrap(packet, 0)).isTrue();

    arp.operation(ArpPacket.REPLY).sender(0xf20000000003L, 0xc0000203).target(4, 5);

    String reply = "0001 0800 06 04 0002 f20000000003 c0000203 000000000004 00000005";
    assertThat(packet).isEqualTo(FrameBuilder.hex(reply).buffer());
  }

  @Test
  void refusesArpOfOtherLinksAndProtocols() {
    assertThat(arp.wrap(request().truncate(27).buffer(), 0)).isFalse();
    assertThat(arp.wrap(request().set(1, 6).buffer(), 0)).isFalse();
    assertThat(arp.wrap(request().set(2, 0x86).buffer(), 0)).isFalse();
    assertThat(arp.wrap(request().set(4, 8).buffer(), 0)).isFalse();
    assertThat(arp.wrap(request().set(5, 16).buffer(), 0)).isFalse();
  }

  private static FrameBuilder request() {
    return FrameBuilder.hex("0001 0800 06 04 0001 020000000001 c0000201 ff0000000002 c0000202");
  }
}
