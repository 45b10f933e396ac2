package io.dsr.core.frame;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.netty.buffer.ByteBuf;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the emitters write, the views read back; checksums are computed once more, otherwise. */
final class FrameBuilderTest {

  private static final long BALANCER = 0x02005e000001L;
  private static final long ROUTER = 0xf2005e0000feL;
  private static final InetAddress CLIENT = InetAddress.ofLiteral("198.51.100.7");
  private static final InetAddress VIP = InetAddress.ofLiteral("192.0.2.10");
  private static final InetAddress CLIENT6 = InetAddress.ofLiteral("2001:db8:ffff::7");
  private static final InetAddress VIP6 = InetAddress.ofLiteral("2001:db8::10");

  private final EthernetFrame ethernet = new EthernetFrame();
  private final VlanTag vlan = new VlanTag();
  private final ArpPacket arp = new ArpPacket();
  private final Ipv4Packet ipv4 = new Ipv4Packet();
  private final Ipv6Packet ipv6 = new Ipv6Packet();
  private final TcpSegment tcp = new TcpSegment();
  private final UdpDatagram udp = new UdpDatagram();
  private final SctpPacket sctp = new SctpPacket();
  private final IcmpMessage icmp = new IcmpMessage();
  private final NeighbourMessage neighbour = new NeighbourMessage();

  @Test
  void writesASegmentThatTheViewsReadBack() {
    ByteBuf frame =
        FrameBuilder.text("abc")
            .tcp(40_000, 80, TcpSegment.SYN, 0x89abcdef, 0xfedcba98, new byte[] {2, 4, 5, 0x78})
            .window(0xfa00)
            .ip(CLIENT, VIP)
            .trafficClass(0xb8)
            .identification(0xbeef)
            .fragment(0x4000)
            .hopLimit(63)
            .ethernet(BALANCER, ROUTER)
            .buffer();

    assertThat(ethernet.wrap(frame)).isTrue();
    assertThat(ethernet.destination()).isEqualTo(BALANCER);
    assertThat(ethernet.source()).isEqualTo(ROUTER);
    assertThat(ethernet.etherType()).isEqualTo(EtherType.IPV4);
    assertThat(ipv4.wrap(frame, ethernet.payloadIndex())).isTrue();
    assertThat(ipv4.trafficClass()).isEqualTo(0xb8);
    assertThat(ipv4.identification()).isEqualTo(0xbeef);
    assertThat(ipv4.isFragment()).isFalse();
    assertThat(ipv4.timeToLive()).isEqualTo(63);
    assertThat(ipv4.protocol()).isEqualTo(IpProtocol.TCP);
    assertThat(ipv4.source()).isEqualTo(0xc6336407);
    assertThat(ipv4.destination()).isEqualTo(0xc000020a);
    assertThat(tcp.wrap(frame, ipv4.payloadIndex(), ipv4.payloadLength())).isTrue();
    assertThat(tcp.sourcePort()).isEqualTo(40_000);
    assertThat(tcp.destinationPort()).isEqualTo(80);
    assertThat(tcp.flags()).isEqualTo(TcpSegment.SYN);
    assertThat(tcp.sequence()).isEqualTo(0x89abcdef);
    assertThat(tcp.acknowledgement()).isEqualTo(0xfedcba98);
    assertThat(tcp.window()).isEqualTo(0xfa00);
    assertThat(tcp.headerLength()).isEqualTo(24);
    assertThat(tcp.payloadLength()).isEqualTo(3);
  }

  @Test
  void writesADatagramBehindExtensionHeadersAndTags() {
    ByteBuf frame =
        FrameBuilder.text("query")
            .udp(5353, 53)
            .fragment(IpProtocol.UDP, 0, false, 0xfeedbeef)
            .authentication(IpProtocol.FRAGMENT, 4)
            .extension(IpProtocol.AUTHENTICATION, 2)
            .ip(CLIENT6, VIP6, IpProtocol.DESTINATION_OPTIONS)
            .trafficClass(0xb8)
            .hopLimit(255)
            .vlan(0x6064, EtherType.IPV6)
            .ethernet(BALANCER, ROUTER)
            .buffer();

    assertThat(ethernet.wrap(frame)).isTrue();
    assertThat(ethernet.etherType()).isEqualTo(EtherType.VLAN);
    assertThat(vlan.wrap(frame, ethernet.payloadIndex())).isTrue();
    assertThat(vlan.id()).isEqualTo(100);
    assertThat(vlan.priority()).isEqualTo(3);
    assertThat(vlan.etherType()).isEqualTo(EtherType.IPV6);
    assertThat(ipv6.wrap(frame, vlan.payloadIndex())).isTrue();
    assertThat(ipv6.walkExtensions()).isTrue();
    assertThat(ipv6.trafficClass()).isEqualTo(0xb8);
    assertThat(ipv6.hopLimit()).isEqualTo(255);
    assertThat(ipv6.sourceHigh()).isEqualTo(0x2001_0db8_ffff_0000L);
    assertThat(ipv6.destinationLow()).isEqualTo(0x10);
    assertThat(ipv6.fragmentIdentification()).isEqualTo(0xfeedbeef);
    assertThat(ipv6.transportProtocol()).isEqualTo(IpProtocol.UDP);
    assertThat(ipv6.transportIndex() - vlan.payloadIndex()).isEqualTo(40 + 16 + 16 + 8);
    assertThat(udp.wrap(frame, ipv6.transportIndex(), ipv6.transportLength())).isTrue();
    assertThat(udp.sourcePort()).isEqualTo(5353);
    assertThat(udp.destinationPort()).isEqualTo(53);
    assertThat(udp.length()).isEqualTo(13);
    int at = ipv6.transportIndex();
    assertThat(transportSum(CLIENT6, VIP6, IpProtocol.UDP, tail(frame, at))).isZero();
  }

  @Test
  void writesAnAssociationsFirstPacketWithItsCrc() {
    byte[] packet =
        FrameBuilder.payload()
            .chunk(SctpChunk.DATA, 3, new byte[] {1, 2, 3, 4})
            .chunk(SctpChunk.COOKIE_ECHO, "abc")
            .sctp(5_000, 36_412, 0x7ac3)
            .bytes();

    ByteBuf frame = FrameBuilder.payload(packet).buffer();
    assertThat(sctp.wrap(frame, 0, packet.length)).isTrue();
    assertThat(sctp.sourcePort()).isEqualTo(5_000);
    assertThat(sctp.destinationPort()).isEqualTo(36_412);
    assertThat(sctp.verificationTag()).isEqualTo(0x7ac3);
    assertThat(sctp.chunkTypes())
        .isEqualTo(SctpChunk.bit(SctpChunk.DATA) | SctpChunk.bit(SctpChunk.COOKIE_ECHO));
    var crc = new CRC32C();
    crc.update(FrameBuilder.payload(packet).set(8, 0).set(9, 0).set(10, 0).set(11, 0).bytes());
    assertThat(sctp.checksum()).isEqualTo(Integer.reverseBytes((int) crc.getValue()));
  }

  @Test
  void writesAnErrorThatQuotesAPacket() {
    FrameBuilder quoted = FrameBuilder.text("much data").udp(53, 40_000).ip(VIP, CLIENT);
    ByteBuf message = quoted.icmp(3, 4, 1400).buffer();

    assertThat(icmp.wrap(message, 0, message.readableBytes(), false)).isTrue();
    assertThat(icmp.type()).isEqualTo(3);
    assertThat(icmp.code()).isEqualTo(4);
    assertThat(icmp.sequence()).isEqualTo(1400);
    assertThat(ReferenceChecksum.of(tail(message, 0), 0)).isZero();
    var flow = new QuotedFlow();
    assertThat(flow.wrapIpv4(message, icmp.bodyIndex(), icmp.bodyLength())).isTrue();
    assertThat(flow.destinationPort()).isEqualTo(40_000);
  }

  @Test
  void writesNeighbourDiscoveryThatTheViewTakesForGenuine() {
    ByteBuf packet =
        FrameBuilder.neighbour(NeighbourMessage.ADVERTISEMENT, 0x60, "2001:db8::10", 2, ROUTER)
            .ip(VIP6, CLIENT6)
            .hopLimit(255)
            .buffer();

    assertThat(ipv6.wrap(packet, 0)).isTrue();
    assertThat(neighbour.wrap(packet, 40, 32)).isTrue();
    assertThat(neighbour.isGenuine(ipv6)).isTrue();
    assertThat(neighbour.isSolicited()).isTrue();
    assertThat(neighbour.isOverride()).isTrue();
    assertThat(neighbour.targetLow()).isEqualTo(0x10);
    assertThat(neighbour.targetMac()).isEqualTo(ROUTER);
    assertThat(transportSum(VIP6, CLIENT6, IpProtocol.ICMPV6, tail(packet, 40))).isZero();
  }

  @Test
  void writesArp() {
    ByteBuf frame =
        FrameBuilder.arp(ArpPacket.REPLY, ROUTER, "192.0.2.1", BALANCER, "192.0.2.10")
            .ethernet(BALANCER, ROUTER)
            .pad(60)
            .buffer();

    assertThat(ethernet.wrap(frame)).isTrue();
    assertThat(ethernet.etherType()).isEqualTo(EtherType.ARP);
    assertThat(arp.wrap(frame, ethernet.payloadIndex())).isTrue();
    assertThat(arp.operation()).isEqualTo(ArpPacket.REPLY);
    assertThat(arp.senderMac()).isEqualTo(ROUTER);
    assertThat(arp.senderIp()).isEqualTo(0xc0000201);
    assertThat(arp.targetMac()).isEqualTo(BALANCER);
    assertThat(arp.targetIp()).isEqualTo(0xc000020a);
    assertThat(frame.readableBytes()).isEqualTo(60);
  }

  @Test
  void fillsRightChecksumsOfAnyPayload() {
    long seed = System.nanoTime();
    var random = new SplittableRandom(seed);
    for (int round = 0; round < 2_000; round++) {
      byte[] payload = new byte[random.nextInt(100)];
      random.nextBytes(payload);
      boolean wide = random.nextBoolean();
      InetAddress from = wide ? CLIENT6 : CLIENT;
      InetAddress to = wide ? VIP6 : VIP;
      FrameBuilder transport = FrameBuilder.payload(payload);
      int protocol =
          switch (random.nextInt(wide ? 3 : 2)) {
            case 0 -> {
              transport.tcp(random.nextInt(65_536), 80, random.nextInt(256), random.nextInt(), 7);
              yield IpProtocol.TCP;
            }
            case 1 -> {
              transport.udp(random.nextInt(65_536), random.nextInt(65_536));
              yield IpProtocol.UDP;
            }
            default -> {
              transport.icmpv6(128, 0, random.nextInt());
              yield IpProtocol.ICMPV6;
            }
          };
      byte[] packet = transport.ip(from, to).bytes();
      int header = wide ? 40 : 20;
      byte[] inner = Arrays.copyOfRange(packet, header, packet.length);
      String what = "seed " + seed + " round " + round;
      assertThat(transportSum(from, to, protocol, inner)).as(what).isZero();
      if (!wide) {
        assertThat(ReferenceChecksum.of(packet, 0, header, 0)).as(what).isZero();
      }
    }
  }

  @Test
  void writesNoZeroForTheChecksumOfADatagram() {
    // The payload that makes the sum 0xffff, found by trying.
    for (int word = 0; word <= 0xffff; word++) {
      byte[] payload = {(byte) (word >> 8), (byte) word};
      byte[] packet = FrameBuilder.payload(payload).udp(1, 2).ip(CLIENT, VIP).bytes();
      int checksum = ((packet[26] & 0xff) << 8) | (packet[27] & 0xff);
      assertThat(checksum).isNotZero();
      if (checksum == 0xffff) {
        return;
      }
    }
    throw new AssertionError("no payload makes the sum zero");
  }

  @Test
  void writesWrongValuesWhereTheyAreSet() {
    byte[] datagram = FrameBuilder.text("abc").udp(1, 2).length(4).checksum(0xdead).bytes();
    byte[] packet = FrameBuilder.payload(datagram).ip(CLIENT, VIP, 17).length(19).bytes();

    assertThat(datagram).startsWith(0, 1, 0, 2, 0, 4, 0xde, 0xad);
    assertThat(packet).endsWith(datagram);
    assertThat(packet[3]).isEqualTo((byte) 19);
    assertThat(ReferenceChecksum.of(packet, 0, 20, 0)).isZero();
    byte[] segment = FrameBuilder.text("").tcp(1, 2, 2, 3, 4).checksum(7).ip(CLIENT, VIP).bytes();
    assertThat(segment[37]).isEqualTo((byte) 7);
    byte[] header = FrameBuilder.text("").udp(1, 2).ip(CLIENT, VIP).checksum(0x0102).bytes();
    assertThat(header).containsSubsequence(0x40, 17, 1, 2);
    byte[] association = FrameBuilder.payload().sctp(1, 2, 3).checksum(0x01020304).bytes();
    assertThat(association).endsWith(1, 2, 3, 4);
    byte[] wide = FrameBuilder.text("").udp(1, 2).ip(CLIENT6, VIP6).length(0xffff).bytes();
    assertThat(Arrays.copyOfRange(wide, 4, 6)).containsExactly(0xff, 0xff);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void cutsAPacketIntoFragmentsThatMakeItAgain(boolean wide) {
    byte[] payload = new byte[100];
    new SplittableRandom(1).nextBytes(payload);
    FrameBuilder whole =
        FrameBuilder.payload(payload).udp(5, 53).ip(wide ? CLIENT6 : CLIENT, wide ? VIP6 : VIP);
    byte[] datagram = Arrays.copyOfRange(whole.bytes(), wide ? 40 : 20, wide ? 148 : 128);

    List<FrameBuilder> fragments = whole.fragments(0x7abc, 48);

    assertThat(fragments).hasSize(3);
    var again = new ByteArrayOutputStream();
    for (FrameBuilder each : fragments) {
      ByteBuf packet = each.buffer();
      boolean last = each == fragments.getLast();
      if (wide) {
        assertThat(ipv6.wrap(packet, 0)).isTrue();
        assertThat(ipv6.walkExtensions()).isTrue();
        assertThat(ipv6.fragmentOffset()).isEqualTo(again.size());
        assertThat(ipv6.hasMoreFragments()).isEqualTo(!last);
        assertThat(ipv6.fragmentIdentification()).isEqualTo(0x7abc);
        assertThat(ipv6.transportProtocol()).isEqualTo(IpProtocol.UDP);
        again.writeBytes(tail(packet, ipv6.transportIndex()));
      } else {
        assertThat(ipv4.wrap(packet, 0)).isTrue();
        assertThat(ReferenceChecksum.of(each.bytes(), 0, 20, 0)).isZero();
        assertThat(ipv4.fragmentOffset()).isEqualTo(again.size());
        assertThat(ipv4.hasMoreFragments()).isEqualTo(!last);
        assertThat(ipv4.identification()).isEqualTo(0x7abc);
        again.writeBytes(tail(packet, 20));
      }
    }
    assertThat(again.toByteArray()).isEqualTo(datagram);
  }

  @Test
  void saysWhatIsMissing() {
    FrameBuilder text = FrameBuilder.text("abc");

    assertThatIllegalStateException()
        .isThrownBy(() -> text.ip(CLIENT, VIP))
        .withMessage("ip around PAYLOAD (expected: a header that has a protocol number)");
    assertThatIllegalStateException()
        .isThrownBy(() -> text.ethernet(1, 2))
        .withMessage("ethernet around PAYLOAD (expected: a header that has an EtherType)");
    assertThatIllegalStateException()
        .isThrownBy(() -> text.hopLimit(1))
        .withMessage("hopLimit: the outermost header is PAYLOAD (expected: one of [IPV4, IPV6])");
    assertThatIllegalStateException()
        .isThrownBy(() -> text.checksum(1))
        .withMessage("checksum: PAYLOAD has none");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> text.ip(CLIENT, VIP6, 17))
        .withMessageContaining("of different address families");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> text.ipv4("192.0.2.1", "2001:db8::1", 17))
        .withMessage("address: 2001:db8::1 (expected: one of IPv4)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> text.tcp(1, 2, 2, 3, 4, new byte[3]))
        .withMessage("options: 3 bytes (expected: a multiple of 4, at most 40)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FrameBuilder.payload(new byte[65_516]).ip(CLIENT, VIP, 17))
        .withMessage("packet: 65536 bytes (expected: at most 65535)");
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> text.ip(CLIENT, VIP, 17).fragments(1, 12))
        .withMessage("size: 12 (expected: a multiple of 8)");
  }

  /** Returns the checksum over pseudo header and data: zero if the one in them is right. */
  private static int transportSum(InetAddress from, InetAddress to, int protocol, byte[] data) {
    var covered = new ByteArrayOutputStream();
    covered.writeBytes(from.getAddress());
    covered.writeBytes(to.getAddress());
    covered.write(0);
    covered.write(protocol);
    covered.write(data.length >> 8);
    covered.write(data.length);
    covered.writeBytes(data);
    return ReferenceChecksum.of(covered.toByteArray(), 0);
  }

  private static byte[] tail(ByteBuf frame, int from) {
    byte[] bytes = new byte[frame.writerIndex() - from];
    frame.getBytes(from, bytes);
    return bytes;
  }
}
