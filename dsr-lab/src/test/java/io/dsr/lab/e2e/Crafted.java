package io.dsr.lab.e2e;

import io.dsr.core.MacAddress;
import io.dsr.core.frame.EtherType;
import io.dsr.core.frame.EthernetFrame;
import io.dsr.core.frame.FrameBuilder;
import io.dsr.core.frame.TcpSegment;
import io.dsr.core.frame.VlanTag;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.net.InetAddress;
import java.util.List;

/**
 * Frames between two addresses.
 *
 * @param source the Ethernet source
 * @param destination the Ethernet destination
 * @param from the IP source
 * @param to the IP destination
 */
record Crafted(MacAddress source, MacAddress destination, InetAddress from, InetAddress to) {

  private static final int ADDRESSES = 12;

  /** Returns a frame with a packet of that protocol. */
  byte[] packet(int protocol, byte[] payload) {
    return frame(FrameBuilder.payload(payload).ip(from, to, protocol));
  }

  /** Returns a UDP datagram in one frame. */
  byte[] udp(int sourcePort, int port, byte[] payload) {
    return frame(FrameBuilder.payload(payload).udp(sourcePort, port).ip(from, to));
  }

  /** Returns a TCP segment with SYN and no options. */
  byte[] syn(int sourcePort, int port) {
    return frame(
        FrameBuilder.payload().tcp(sourcePort, port, TcpSegment.SYN, 0x1234_5678, 0).ip(from, to));
  }

  /** Returns a TCP segment with no options and no data. */
  byte[] tcp(int sourcePort, int port, int flags, int sequence, int acknowledgement) {
    return frame(
        FrameBuilder.payload()
            .tcp(sourcePort, port, flags, sequence, acknowledgement)
            .ip(from, to));
  }

  /** Returns an SCTP packet of one chunk (RFC 9260, section 3). */
  byte[] sctp(int sourcePort, int port, int tag, int chunkType, byte[] chunk) {
    return frame(
        FrameBuilder.payload().chunk(chunkType, 3, chunk).sctp(sourcePort, port, tag).ip(from, to));
  }

  /**
   * Returns the fragments of a UDP datagram, the first of them first.
   *
   * @param size octets of the datagram in each of them, a multiple of eight
   */
  List<byte[]> fragments(int identification, int size, int sourcePort, int port, byte[] payload) {
    FrameBuilder whole = FrameBuilder.payload(payload).udp(sourcePort, port).ip(from, to);
    return whole.fragments(identification, size).stream().map(this::frame).toList();
  }

  /** Returns a frame with an 802.1Q tag of priority 0. */
  static byte[] tagged(byte[] frame, int vlan) {
    ByteBuf tagged = Unpooled.buffer().writeBytes(frame, 0, ADDRESSES).writeShort(EtherType.VLAN);
    VlanTag.append(tagged, vlan, Unpooled.wrappedBuffer(frame).getUnsignedShort(ADDRESSES));
    int payload = EthernetFrame.HEADER_LENGTH;
    tagged.writeBytes(frame, payload, frame.length - payload);
    return ByteBufUtil.getBytes(tagged);
  }

  /** Returns a frame as it looks between two other hosts. */
  static byte[] between(MacAddress source, MacAddress destination, byte[] frame) {
    byte[] moved = frame.clone();
    var ethernet = new EthernetFrame();
    if (!ethernet.wrap(Unpooled.wrappedBuffer(moved))) {
      throw new IllegalArgumentException("frame: " + frame.length + " bytes (expected: >= 14)");
    }
    ethernet.addresses(destination.bits(), source.bits());
    return moved;
  }

  private byte[] frame(FrameBuilder packet) {
    return packet.ethernet(destination.bits(), source.bits()).bytes();
  }
}
