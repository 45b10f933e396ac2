package io.dsr.netty.channel;

import io.dsr.core.frame.EtherType;
import io.dsr.core.frame.FrameBuilder;
import io.dsr.core.frame.IpProtocol;
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

  private static final int SHORTEST = 60;
  private static final int TAG = 100;
  private static final long SENDER = 0x0200_0000_0009L;
  private static final InetAddress VIP = InetAddress.ofLiteral("192.0.2.10");
  private static final InetAddress VIP6 = InetAddress.ofLiteral("2001:db8::10");
  private static final InetAddress ROUTER = InetAddress.ofLiteral("203.0.113.1");
  private static final InetAddress ROUTER6 = InetAddress.ofLiteral("2001:db8:99::1");

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
          tagged(client, datagram(client)),
          taggedTwice(client, message(client, 2, 0))
        }
        : new ByteBuf[] {
          udp(client), laterFragment(client), firstFragment(client), echo(client),
          error(client, 3, 3), error(client, 3, 4), error(client, 11, 0), error(client, 12, 0),
          tagged(client, datagram(client)), taggedTwice(client, message(client, 3, 4))
        };
  }

  /** Every other client has an IPv6 address; the addresses follow each other. */
  static boolean isIpv6(int client) {
    return client % 2 == 1;
  }

  static InetAddress address(int client) {
    return InetAddress.ofLiteral(
        isIpv6(client)
            ? "2001:db8:77::%x".formatted(client)
            : "198.51.%d.%d".formatted(client >> 8, client & 0xff));
  }

  ByteBuf udp(int client) {
    return frame(client, datagram(client));
  }

  ByteBuf echo(int client) {
    FrameBuilder nothing = FrameBuilder.payload();
    return frame(
        client,
        ofClient(client, isIpv6(client) ? nothing.icmpv6(128, 0, 0) : nothing.icmp(8, 0, 0)));
  }

  ByteBuf firstFragment(int client) {
    return fragment(client, 0);
  }

  ByteBuf laterFragment(int client) {
    return fragment(client, 64);
  }

  private ByteBuf fragment(int client, int offset) {
    boolean first = offset == 0;
    FrameBuilder packet =
        isIpv6(client)
            ? FrameBuilder.payload()
                .fragment(IpProtocol.UDP, offset, first, 9)
                .ip(address(client), VIP6, IpProtocol.FRAGMENT)
            : datagram(client).fragment(first ? 0x2000 : offset >> 3);
    return frame(client, packet);
  }

  /** Returns what a router says of a packet to the client; an IPv4 one has options. */
  ByteBuf error(int client, int type, int code) {
    return frame(client, message(client, type, code));
  }

  /** Returns a neighbor solicitation or its like, from the client itself. */
  ByteBuf discovery(int client, int type) {
    FrameBuilder message = FrameBuilder.payload(new byte[16]).icmpv6(type, 0, 0);
    return frame(client, ofClient(client, message).hopLimit(255));
  }

  ByteBuf arp(int client) {
    return frame(client, FrameBuilder.arp(1, SENDER, "0.0.0.0", 0, "0.0.0.0"));
  }

  private static FrameBuilder datagram(int client) {
    return ofClient(client, FrameBuilder.payload().udp(4000, 53));
  }

  private static FrameBuilder message(int client, int type, int code) {
    FrameBuilder quoted = FrameBuilder.payload().udp(53, 4000);
    if (isIpv6(client)) {
      return quoted.ip(VIP6, address(client)).icmpv6(type, code, 0).ip(ROUTER6, VIP6);
    }
    return quoted
        .ip(VIP, address(client))
        .icmp(type, code, 0)
        .ipv4(ROUTER.getHostAddress(), VIP.getHostAddress(), IpProtocol.ICMP, 0, new byte[8]);
  }

  private static FrameBuilder ofClient(int client, FrameBuilder transport) {
    return transport.ip(address(client), isIpv6(client) ? VIP6 : VIP);
  }

  private ByteBuf frame(int client, FrameBuilder packet) {
    return finish(client, packet.ethernet(mac, SENDER));
  }

  private ByteBuf tagged(int client, FrameBuilder packet) {
    FrameBuilder tag = packet.vlan(TAG, type(client));
    return finish(client, tag.ethernet(mac, SENDER, EtherType.VLAN));
  }

  private ByteBuf taggedTwice(int client, FrameBuilder packet) {
    FrameBuilder tags = packet.vlan(TAG, type(client)).vlan(TAG, EtherType.VLAN);
    return finish(client, tags.ethernet(mac, SENDER, EtherType.QINQ));
  }

  private static int type(int client) {
    return isIpv6(client) ? EtherType.IPV6 : EtherType.IPV4;
  }

  private ByteBuf finish(int client, FrameBuilder frame) {
    return Unpooled.buffer()
        .writeBytes(frame.pad(SHORTEST - TRAILER).bytes())
        .writeInt(MARK)
        .writeInt(client)
        .writeInt(number++);
  }
}
