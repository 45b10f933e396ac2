package io.dsr.core.frame;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;

/** Lays every view over the same bytes, and reads all that those views tell that take them. */
final class ViewReadings {

  private final EthernetFrame ethernet = new EthernetFrame();
  private final VlanTag vlan = new VlanTag();
  private final ArpPacket arp = new ArpPacket();
  private final Ipv4Packet ipv4 = new Ipv4Packet();
  private final Ipv6Packet ipv6 = new Ipv6Packet();
  private final TcpSegment tcp = new TcpSegment();
  private final UdpDatagram udp = new UdpDatagram();
  private final SctpPacket sctp = new SctpPacket();
  private final IcmpMessage icmp = new IcmpMessage();
  private final QuotedFlow quoted = new QuotedFlow();
  private final NeighbourMessage neighbour = new NeighbourMessage();

  private final List<Object> read = new ArrayList<>();

  /** Returns what was read, in an order that depends on nothing else. */
  List<Object> of(ByteBuf buffer) {
    read.clear();
    int start = buffer.readerIndex();
    if (took(ethernet.wrap(buffer))) {
      add(ethernet.destination(), ethernet.source(), ethernet.etherType(), ethernet.payloadIndex());
    }
    if (took(vlan.wrap(buffer, start))) {
      add(vlan.id(), vlan.priority(), vlan.isDropEligible(), vlan.etherType(), vlan.payloadIndex());
    }
    if (took(arp.wrap(buffer, start))) {
      add(arp.operation(), arp.senderMac(), arp.senderIp(), arp.targetMac(), arp.targetIp());
    }
    ipv4(buffer, start);
    ipv6(buffer, start);
    transport(buffer, start, buffer.readableBytes());
    return List.copyOf(read);
  }

  private void ipv4(ByteBuf buffer, int start) {
    if (took(ipv4.wrap(buffer, start))) {
      add(ipv4.headerLength(), ipv4.totalLength(), ipv4.payloadIndex(), ipv4.payloadLength());
      add(ipv4.trafficClass(), ipv4.identification(), ipv4.isFragment(), ipv4.hasMoreFragments());
      add(ipv4.isFirstFragment(), ipv4.isLaterFragment());
      add(ipv4.fragmentOffset(), ipv4.timeToLive(), ipv4.protocol(), ipv4.checksum());
      add(ipv4.isChecksumRight(), ipv4.source(), ipv4.destination());
      transport(buffer, ipv4.payloadIndex(), ipv4.payloadLength());
    }
  }

  private void ipv6(ByteBuf buffer, int start) {
    if (!took(ipv6.wrap(buffer, start))) {
      return;
    }
    add(ipv6.payloadLength(), ipv6.trafficClass(), ipv6.nextHeader(), ipv6.hopLimit());
    add(ipv6.sourceHigh(), ipv6.sourceLow(), ipv6.destinationHigh(), ipv6.destinationLow());
    if (took(ipv6.walkExtensions())) {
      assertThat(ipv6.transportLength()).isNotNegative();
      add(ipv6.transportProtocol(), ipv6.transportIndex(), ipv6.transportLength());
      add(ipv6.isFragment(), ipv6.hasMoreFragments(), ipv6.fragmentOffset());
      add(ipv6.isFirstFragment(), ipv6.isLaterFragment(), ipv6.fragmentIdentification());
      transport(buffer, ipv6.transportIndex(), ipv6.transportLength());
      if (took(neighbour.wrap(buffer, ipv6.transportIndex(), ipv6.transportLength()))) {
        add(neighbour.isGenuine(ipv6));
      }
    }
  }

  private void transport(ByteBuf buffer, int index, int length) {
    if (took(tcp.wrap(buffer, index, length))) {
      add(tcp.sourcePort(), tcp.destinationPort(), tcp.sequence(), tcp.acknowledgement());
      add(tcp.sequenceEnd(), tcp.flags(), tcp.window(), tcp.checksum(), tcp.headerLength());
      add(tcp.payloadLength());
    }
    udp(udp.wrap(buffer, index, length));
    udp(udp.wrapFirstFragment(buffer, index, length));
    sctp(sctp.wrap(buffer, index, length));
    sctp(sctp.wrapFirstFragment(buffer, index, length));
    icmp(buffer, index, length, false);
    icmp(buffer, index, length, true);
    quoted(quoted.wrapIpv4(buffer, index, length));
    quoted(quoted.wrapIpv6(buffer, index, length));
    if (took(neighbour.wrap(buffer, index, length))) {
      add(neighbour.isSolicitation(), neighbour.isSolicited(), neighbour.isOverride());
      add(neighbour.targetHigh(), neighbour.targetLow());
      add(neighbour.sourceMac(), neighbour.targetMac());
    }
  }

  private void udp(boolean wrapped) {
    if (took(wrapped)) {
      add(udp.sourcePort(), udp.destinationPort(), udp.length(), udp.checksum());
    }
  }

  private void sctp(boolean wrapped) {
    if (took(wrapped)) {
      add(sctp.sourcePort(), sctp.destinationPort(), sctp.verificationTag(), sctp.checksum());
      add(sctp.firstChunkType(), sctp.decisiveChunkType(), sctp.chunkTypes());
    }
  }

  private void icmp(ByteBuf buffer, int index, int length, boolean wide) {
    if (took(icmp.wrap(buffer, index, length, wide))) {
      add(icmp.type(), icmp.code(), icmp.checksum(), icmp.identifier(), icmp.sequence());
      add(icmp.isEchoRequest(), icmp.isError(), icmp.isNeighbourDiscovery());
      add(icmp.bodyIndex(), icmp.bodyLength());
      quoted(quoted.wrapIpv4(buffer, icmp.bodyIndex(), icmp.bodyLength()));
      quoted(quoted.wrapIpv6(buffer, icmp.bodyIndex(), icmp.bodyLength()));
    }
  }

  private void quoted(boolean wrapped) {
    if (took(wrapped)) {
      add(quoted.protocol(), quoted.sourcePort(), quoted.destinationPort());
      add(quoted.sourceHigh(), quoted.sourceLow());
      add(quoted.destinationHigh(), quoted.destinationLow());
    }
  }

  private boolean took(boolean wrapped) {
    read.add(wrapped);
    return wrapped;
  }

  private void add(Object... values) {
    read.addAll(List.of(values));
  }
}
