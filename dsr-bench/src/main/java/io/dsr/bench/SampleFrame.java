package io.dsr.bench;

import io.dsr.core.frame.FrameBuilder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetAddress;
import java.nio.ByteBuffer;

/**
 * A frame from a client to port 80 of 192.0.2.10 or 2001:db8::10, in a direct buffer, which turns
 * into the next client's by a few stores, which leave its checksums as they are. One thread.
 */
public final class SampleFrame {

  /** The SYN bit of a segment's flags. */
  public static final int SYN = 0x02;

  /** The ACK bit of a segment's flags. */
  public static final int ACK = 0x10;

  static final long CLIENT_MAC = 0x0200_0000_00ccL;
  static final long BALANCER_MAC = 0x0200_0000_00aaL;

  /** The IPv4 VIP. */
  public static final int VIP = 0xc000_020a;

  static final long VIP6_HIGH = 0x2001_0db8_0000_0000L;

  /** The IPv6 VIP's low 32 bits. */
  public static final int VIP6_LOW = 0x10;

  static final long CLIENT6_HIGH = 0x2001_0db8_0000_0001L;

  /** The port of every VIP. */
  public static final int PORT = 80;

  private static final int IP = 14;
  private static final int IPV4_HEADER = 20;
  private static final int IPV6_HEADER = 40;
  private static final int SHORTEST = 60;

  private static final InetAddress VIP_V4 = InetAddress.ofLiteral("192.0.2.10");
  private static final InetAddress VIP_V6 = InetAddress.ofLiteral("2001:db8::10");
  private static final InetAddress CLIENT = InetAddress.ofLiteral("10.0.0.0");
  private static final InetAddress CLIENT6 = InetAddress.ofLiteral("2001:db8:0:1::");

  private final Traffic traffic;
  private final int transport;
  private final ByteBuf bytes;

  /** Writes a frame of client 0, a TCP one without flags. */
  public SampleFrame(Traffic traffic) {
    this.traffic = traffic;
    this.transport = IP + (traffic.isIpv6() ? IPV6_HEADER : IPV4_HEADER);
    FrameBuilder packet =
        traffic.isTcp()
            ? FrameBuilder.payload().tcp(0, PORT, 0, 0, 0)
            : FrameBuilder.payload().udp(0, PORT);
    packet = traffic.isIpv6() ? packet.ip(CLIENT6, VIP_V6) : packet.ip(CLIENT, VIP_V4);
    byte[] frame = packet.ethernet(BALANCER_MAC, CLIENT_MAC).pad(SHORTEST).bytes();
    // Nobody has to release it, and Netty's leak detector does not wrap one of many in another.
    this.bytes = Unpooled.wrappedBuffer(ByteBuffer.allocateDirect(frame.length));
    bytes.setBytes(0, frame);
    client(0);
  }

  /** Returns the address, in the low 32 bits of an IPv6 one, of client number {@code client}. */
  static int address(int client) {
    return 0x0a00_0000 + (client >>> 12);
  }

  /** Returns the port of client number {@code client}. */
  static int port(int client) {
    return 1024 + (client & 0xfff);
  }

  /** Sets the flags of a TCP segment; a datagram has none. */
  public SampleFrame flags(int flags) {
    if (traffic.isTcp()) {
      bytes.setByte(transport + 13, flags);
    }
    return this;
  }

  /** Makes this a frame of client number {@code client}, as it came from the link. */
  public SampleFrame client(int client) {
    return source(address(client), port(client));
  }

  /** Makes this a frame from that address and port, as it came from the link. */
  public SampleFrame source(int address, int port) {
    // The director has rewritten the MAC addresses of the frame before.
    bytes.setLong(0, (BALANCER_MAC << 16) | (CLIENT_MAC >> 32)).setInt(8, (int) CLIENT_MAC);
    bytes.setInt(traffic.isIpv6() ? IP + 20 : IP + 12, address);
    bytes.setShort(transport, port);
    return this;
  }

  /**
   * Addresses this frame to another VIP and port.
   *
   * @param vip an IPv4 address, or the low 32 bits of one in 2001:db8::/96
   */
  public SampleFrame to(int vip, int port) {
    bytes.setInt(traffic.isIpv6() ? IP + 36 : IP + 16, vip);
    bytes.setShort(transport + 2, port);
    return this;
  }

  /** Returns the frame; its indices are not to be moved. */
  public ByteBuf bytes() {
    return bytes;
  }

  /** Returns the MAC address that the frame is for, in the low 48 bits. */
  public long destination() {
    return bytes.getLong(0) >>> 16;
  }
}
