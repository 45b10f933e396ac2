package io.dsr.core.datapath;

import io.dsr.core.frame.FrameBuilder;

/**
 * FrameBuilder that clients send to a virtual IP, of the family that the client's address is of.
 */
final class ClientFrames {

  /** The balancer's MAC address. */
  static final long OWN = 0x02005e000001L;

  /** The MAC address of the router that clients are behind. */
  static final long ROUTER = 0xf2005e0000feL;

  static final String VIP = "192.0.2.10";
  static final String VIP6 = "2001:db8::10";
  static final String CLIENT = "198.51.100.7";
  static final String CLIENT6 = "2001:db8:ffff::7";

  static final int FIN = 1;
  static final int SYN = 2;
  static final int RST = 4;
  static final int ACK = 16;

  private static final String HOP = "203.0.113.254";
  private static final String HOP6 = "2001:db8:eeee::fe";

  private ClientFrames() {}

  /** Returns a TCP segment to port 80. */
  static FrameBuilder tcp(String client, int port, int flags) {
    return link(packet(client, FrameBuilder.text("").tcp(port, 80, flags, 1000, 2000), 6), client);
  }

  /** Returns a UDP datagram to port 53. */
  static FrameBuilder udp(String client, int port) {
    return link(packet(client, FrameBuilder.text("query").udp(port, 53), 17), client);
  }

  /** Returns an echo request. */
  static FrameBuilder echo(String client) {
    return isIpv6(client)
        ? link(packet(client, FrameBuilder.text("ping").icmpv6(128, 0, 0x10001), 58), client)
        : link(packet(client, FrameBuilder.text("ping").icmp(8, 0, 0x10001), 1), client);
  }

  /** Returns a router's complaint that a packet of the service to that client is too big. */
  static FrameBuilder tooBig(String client, int port) {
    FrameBuilder segment = FrameBuilder.text("much data").tcp(80, port, ACK, 5, 6);
    return isIpv6(client)
        ? tooBig(segment.ipv6(VIP6, client, 6), client)
        : tooBig(segment.ipv4(VIP, client, 6), client);
  }

  /** Returns a router's complaint that quotes these bytes. */
  static FrameBuilder tooBig(FrameBuilder quoted, String client) {
    return isIpv6(client)
        ? link(quoted.icmpv6(2, 0, 1280).ipv6(HOP6, VIP6, 58), client)
        : link(quoted.icmp(3, 4, 1400).ipv4(HOP, VIP, 1), client);
  }

  /** Puts the IP header of a packet to the virtual IP in front. */
  static FrameBuilder packet(String client, FrameBuilder transport, int protocol) {
    return isIpv6(client)
        ? transport.ipv6(client, VIP6, protocol)
        : transport.ipv4(client, VIP, protocol);
  }

  /** Puts the Ethernet header of a frame from the router in front. */
  static FrameBuilder link(FrameBuilder packet, String client) {
    return packet.ethernet(OWN, ROUTER, isIpv6(client) ? 0x86dd : 0x0800);
  }

  static boolean isIpv6(String address) {
    return address.contains(":");
  }
}
