package io.dsr.netty.channel;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetAddress;

/**
 * Frames of numbered clients, and of routers that quote what was sent to these clients. The last 12
 * bytes are a mark, the client's number and the frame's.
 */
final class FanoutTraffic {

  static final int MARK = 0x64737221;
  static final int TRAILER = 12;

  private static final byte[] VIP = InetAddress.ofLiteral("192.0.2.10").getAddress();
  private static final byte[] VIP6 = InetAddress.ofLiteral("2001:db8::10").getAddress();
  private static final byte[] ROUTER = InetAddress.ofLiteral("203.0.113.1").getAddress();
  private static final byte[] ROUTER6 = InetAddress.ofLiteral("2001:db8:99::1").getAddress();

  private final long mac;
  private int number;

  FanoutTraffic(long mac) {
    this.mac = mac;
  }

  /** Returns how many frames were made. */
  int count() {
    return number;
  }

  /** One of each kind that belongs to a client. */
  ByteBuf[] ofClient(int client) {
    return isIpv6(client)
        ? new ByteBuf[] {
          udp(client),
          laterFragment(client),
          firstFragment(client),
          echo(client),
          error(client, 1, 4),
          error(client, 2, 0),
          error(client, 3, 0),
          tagged(udp(client), 0x8100),
          tagged(tagged(error(client, 2, 0), 0x8100), 0x88a8)
        }
        : new ByteBuf[] {
          udp(client), laterFragment(client), firstFragment(client), echo(client),
          error(client, 3, 3), error(client, 3, 4), error(client, 11, 0), error(client, 12, 0),
          tagged(udp(client), 0x8100), tagged(tagged(error(client, 3, 4), 0x8100), 0x88a8)
        };
  }

  /** Every other client has an IPv6 address; the addresses follow each other. */
  static boolean isIpv6(int client) {
    return client % 2 == 1;
  }

  static byte[] address(int client) {
    byte[] address =
        InetAddress.ofLiteral(isIpv6(client) ? "2001:db8:77::" : "198.51.0.0").getAddress();
    address[address.length - 2] = (byte) (client >> 8);
    address[address.length - 1] = (byte) client;
    return address;
  }

  ByteBuf udp(int client) {
    return packet(client, 17, Unpooled.buffer().writeShort(4000).writeShort(53).writeInt(0));
  }

  ByteBuf echo(int client) {
    return isIpv6(client)
        ? packet(client, 58, Unpooled.buffer().writeShort(128 << 8).writeZero(6))
        : packet(client, 1, Unpooled.buffer().writeShort(8 << 8).writeZero(6));
  }

  ByteBuf firstFragment(int client) {
    if (isIpv6(client)) {
      return packet(client, 44, Unpooled.buffer().writeShort(17 << 8).writeShort(1).writeInt(9));
    }
    return udp(client).setShort(14 + 6, 0x2000);
  }

  ByteBuf laterFragment(int client) {
    if (isIpv6(client)) {
      return packet(client, 44, Unpooled.buffer().writeShort(17 << 8).writeShort(64).writeInt(9));
    }
    return udp(client).setShort(14 + 6, 8);
  }

  /** Returns what a router says of a packet to the client; an IPv4 one has options. */
  ByteBuf error(int client, int type, int code) {
    ByteBuf message = Unpooled.buffer().writeByte(type).writeByte(code).writeZero(6);
    if (isIpv6(client)) {
      message.writeBytes(ipv6(VIP6, address(client), 17)).writeZero(8);
      return finish(client, 0x86dd, ipv6(ROUTER6, VIP6, 58).writeBytes(message));
    }
    message.writeBytes(ipv4(VIP, address(client), 17, 5)).writeZero(8);
    return finish(client, 0x0800, ipv4(ROUTER, VIP, 1, 7).writeBytes(message));
  }

  /** Returns a neighbor solicitation or its like, from the client itself. */
  ByteBuf discovery(int client, int type) {
    return packet(client, 58, Unpooled.buffer().writeByte(type).writeZero(23)).setByte(14 + 7, 255);
  }

  ByteBuf arp(int client) {
    return finish(client, 0x0806, Unpooled.buffer().writeZero(28));
  }

  private ByteBuf packet(int client, int protocol, ByteBuf payload) {
    return isIpv6(client)
        ? finish(client, 0x86dd, ipv6(address(client), VIP6, protocol).writeBytes(payload))
        : finish(client, 0x0800, ipv4(address(client), VIP, protocol, 5).writeBytes(payload));
  }

  private static ByteBuf ipv4(byte[] source, byte[] destination, int protocol, int words) {
    return Unpooled.buffer()
        .writeByte(0x40 | words)
        .writeZero(8)
        .writeByte(protocol)
        .writeZero(2)
        .writeBytes(source)
        .writeBytes(destination)
        .writeZero(4 * (words - 5));
  }

  private static ByteBuf ipv6(byte[] source, byte[] destination, int nextHeader) {
    return Unpooled.buffer()
        .writeByte(0x60)
        .writeZero(5)
        .writeByte(nextHeader)
        .writeByte(64)
        .writeBytes(source)
        .writeBytes(destination);
  }

  private ByteBuf finish(int client, int type, ByteBuf packet) {
    ByteBuf frame =
        Unpooled.buffer()
            .writeMedium((int) (mac >> 24))
            .writeMedium((int) mac)
            .writeMedium(0x020000)
            .writeMedium(0x000009)
            .writeShort(type)
            .writeBytes(packet);
    frame.writeZero(Math.max(0, 60 - TRAILER - frame.readableBytes()));
    return frame.writeInt(MARK).writeInt(client).writeInt(number++);
  }

  private static ByteBuf tagged(ByteBuf frame, int protocol) {
    return Unpooled.buffer()
        .writeBytes(frame, 12)
        .writeShort(protocol)
        .writeShort(100)
        .writeBytes(frame);
  }
}
