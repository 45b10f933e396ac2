package io.dsr.core.frame;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/**
 * The beginning of a packet, as an ICMP error quotes it: enough to know its flow, and often no
 * more.
 *
 * <p>RFC 792 promises the IP header and eight bytes. Both ports are in the first four, of TCP and
 * of UDP. The lengths in the quoted header are those of the whole packet, and mean nothing here.
 *
 * <p>One object serves every frame of a thread. Once a {@code wrap} has returned {@code true}, no
 * accessor fails until the next call.
 */
public final class QuotedFlow {

  private static final int IPV4_FRAGMENT = 6;
  private static final int IPV4_PROTOCOL = 9;
  private static final int IPV4_SOURCE = 12;
  private static final int IPV4_DESTINATION = 16;
  private static final int IPV6_NEXT_HEADER = 6;
  private static final int IPV6_SOURCE = 8;
  private static final int IPV6_DESTINATION = 24;
  private static final int OFFSET_BITS = 0x1fff;
  private static final int PORTS = 4;
  private static final int EXTENSION = 8;
  private static final int MAXIMUM_EXTENSIONS = 8;

  private ByteBuf frame = Unpooled.EMPTY_BUFFER;
  private int start;
  private int transport;
  private int protocol;
  private boolean ipv6;

  /** Creates a view of nothing; a {@code wrap} gives it a frame. */
  public QuotedFlow() {}

  /**
   * Moves this over the IPv4 packet quoted in {@code length} bytes from {@code index}, which the
   * frame must have; returns {@code false} if its header or its ports are not all there, or if it
   * is a fragment that has no ports.
   */
  public boolean wrapIpv4(ByteBuf frame, int index, int length) {
    if (length < Ipv4Packet.MINIMUM_HEADER_LENGTH) {
      return false;
    }
    int first = frame.getUnsignedByte(index);
    int header = (first & 15) << 2;
    if (first >> 4 != 4
        || header < Ipv4Packet.MINIMUM_HEADER_LENGTH
        || length - header < PORTS
        || (frame.getUnsignedShort(index + IPV4_FRAGMENT) & OFFSET_BITS) != 0) {
      return false;
    }
    this.frame = frame;
    this.start = index;
    this.transport = index + header;
    this.protocol = frame.getUnsignedByte(index + IPV4_PROTOCOL);
    this.ipv6 = false;
    return true;
  }

  /**
   * Moves this over the IPv6 packet quoted in {@code length} bytes from {@code index}, which the
   * frame must have; returns {@code false} if its headers or its ports are not all there, or if it
   * is a fragment that has no ports.
   */
  public boolean wrapIpv6(ByteBuf frame, int index, int length) {
    if (length < Ipv6Packet.HEADER_LENGTH || frame.getUnsignedByte(index) >> 4 != 6) {
      return false;
    }
    int end = index + length;
    int at = index + Ipv6Packet.HEADER_LENGTH;
    int header = frame.getUnsignedByte(index + IPV6_NEXT_HEADER);
    for (int count = 0; Ipv6Packet.isExtension(header); count++) {
      if (count == MAXIMUM_EXTENSIONS || end - at < EXTENSION) {
        return false;
      }
      boolean fragment = header == IpProtocol.FRAGMENT;
      if (fragment && frame.getUnsignedShort(at + 2) >> 3 != 0) {
        return false;
      }
      int next = frame.getUnsignedByte(at);
      at += Ipv6Packet.extensionLength(frame, header, at);
      header = next;
    }
    if (end - at < PORTS) {
      return false;
    }
    this.frame = frame;
    this.start = index;
    this.transport = at;
    this.protocol = header;
    this.ipv6 = true;
    return true;
  }

  /** Returns the protocol of the quoted packet. */
  public int protocol() {
    return protocol;
  }

  /** Returns the first eight octets of an IPv6 source address, 0 for IPv4. */
  public long sourceHigh() {
    return ipv6 ? frame.getLong(start + IPV6_SOURCE) : 0;
  }

  /** Returns the last eight octets of an IPv6 source address, or the IPv4 one, unsigned. */
  public long sourceLow() {
    return ipv6
        ? frame.getLong(start + IPV6_SOURCE + 8)
        : frame.getUnsignedInt(start + IPV4_SOURCE);
  }

  /** Returns the first eight octets of an IPv6 destination address, 0 for IPv4. */
  public long destinationHigh() {
    return ipv6 ? frame.getLong(start + IPV6_DESTINATION) : 0;
  }

  /** Returns the last eight octets of an IPv6 destination address, or the IPv4 one, unsigned. */
  public long destinationLow() {
    return ipv6
        ? frame.getLong(start + IPV6_DESTINATION + 8)
        : frame.getUnsignedInt(start + IPV4_DESTINATION);
  }

  /** Returns the source port, if the protocol is one that has ports. */
  public int sourcePort() {
    return frame.getUnsignedShort(transport);
  }

  /** Returns the destination port, if the protocol is one that has ports. */
  public int destinationPort() {
    return frame.getUnsignedShort(transport + 2);
  }
}
