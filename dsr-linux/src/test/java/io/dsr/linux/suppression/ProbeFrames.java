package io.dsr.linux.suppression;

import io.dsr.core.frame.ArpPacket;
import io.dsr.core.frame.FrameBuilder;
import io.dsr.core.frame.IpProtocol;
import io.dsr.core.frame.SctpChunk;
import io.dsr.core.frame.TcpSegment;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/** Makes the frames that a client sends, and says what a frame is. */
final class ProbeFrames {

  static final String CLIENT = "10.1.0.9";
  static final String CLIENT6 = "fd01::9";

  private static final long CLIENT_HARDWARE = 0x0200_0000_0001L;
  private static final long HOST_HARDWARE = 0x0200_0000_0002L;
  private static final long BROADCAST = 0xffff_ffff_ffffL;
  private static final long MULTICAST = 0x3333_0000_0000L;
  private static final int EXPERIMENTAL = 253;
  private static final int CLIENT_PORT = 12_345;

  private ProbeFrames() {}

  static byte[] arpRequest(String target) {
    return FrameBuilder.arp(ArpPacket.REQUEST, CLIENT_HARDWARE, CLIENT, 0, target)
        .ethernet(BROADCAST, CLIENT_HARDWARE)
        .bytes();
  }

  static byte[] udp(String target, int port) {
    return frame(datagram(target, port, "abcd"));
  }

  static byte[] tcpSyn(String target) {
    FrameBuilder segment = FrameBuilder.payload().tcp(CLIENT_PORT, 80, TcpSegment.SYN, 1, 0);
    return frame(ip(target, IpProtocol.TCP, segment));
  }

  /** Returns an INIT chunk's packet (RFC 9260). */
  static byte[] sctp(String target) {
    byte[] init = HexFormat.of().parseHex("00000001000100000001000100000001");
    FrameBuilder packet = FrameBuilder.payload().chunk(SctpChunk.INIT, 0, init);
    return frame(ip(target, IpProtocol.SCTP, packet.sctp(CLIENT_PORT, 80, 0)));
  }

  /** Returns a GRE packet of version 7, which no kernel's tunnel takes. */
  static byte[] gre(String target) {
    return frame(ip(target, IpProtocol.GRE, FrameBuilder.hex("0007880b00000000")));
  }

  /** Returns a packet of a protocol for experiments (RFC 3692), which nobody implements. */
  static byte[] experimental(String target) {
    return frame(ip(target, EXPERIMENTAL, FrameBuilder.hex("0000000700000000")));
  }

  /** Returns both fragments of a datagram to a port that is closed; the second comes last. */
  static List<byte[]> fragments(String target, int port) {
    return datagram(target, port, "abcdefgh").fragments(7, 8).stream()
        .map(ProbeFrames::frame)
        .toList();
  }

  static byte[] echo(String target) {
    return frame(
        isIpv6(target)
            ? ip(target, IpProtocol.ICMPV6, FrameBuilder.payload().icmpv6(128, 0, 0x12340001))
            : ip(target, IpProtocol.ICMP, FrameBuilder.payload().icmp(8, 0, 0x12340001)));
  }

  static byte[] neighbourSolicitation(String target) {
    byte[] address = address(target);
    int low = ByteBuffer.wrap(address).getInt(12) | 0xff00_0000;
    String group = "ff02::1:%x:%x".formatted(low >>> 16, low & 0xffff);
    return FrameBuilder.neighbour(135, 0, target, 1, CLIENT_HARDWARE)
        .ipv6(CLIENT6, group, IpProtocol.ICMPV6, 255)
        .ethernet(MULTICAST | Integer.toUnsignedLong(low), CLIENT_HARDWARE)
        .bytes();
  }

  /** Puts an 802.1Q tag of VLAN 0 in, which a kernel takes as if it were not there. */
  static byte[] tagged(byte[] frame) {
    int type = ByteBuffer.wrap(frame).getShort(12) & 0xffff;
    return FrameBuilder.payload(Arrays.copyOfRange(frame, 14, frame.length))
        .vlan(0, type)
        .ethernet(HOST_HARDWARE, CLIENT_HARDWARE)
        .bytes();
  }

  private static FrameBuilder datagram(String target, int port, String payload) {
    return ip(target, IpProtocol.UDP, FrameBuilder.text(payload).udp(CLIENT_PORT, port));
  }

  private static FrameBuilder ip(String target, int protocol, FrameBuilder payload) {
    return isIpv6(target)
        ? payload.ipv6(CLIENT6, target, protocol, 255)
        : payload.ipv4(CLIENT, target, protocol);
  }

  private static byte[] frame(FrameBuilder packet) {
    return packet.ethernet(HOST_HARDWARE, CLIENT_HARDWARE).bytes();
  }

  private static boolean isIpv6(String address) {
    return address.contains(":");
  }

  /** Names what a host's kernel sent; what it says on its own accord is the empty text. */
  static String describe(byte[] frame) {
    ByteBuffer buffer = ByteBuffer.wrap(frame);
    return switch (buffer.getShort(12) & 0xffff) {
      case 0x0806 -> buffer.getShort(20) == 2 ? "arp " + text(frame, 28, 4) : "";
      case 0x0800 -> describe4(frame, buffer);
      case 0x86dd -> describe6(frame, buffer);
      default -> "other";
    };
  }

  private static String describe4(byte[] frame, ByteBuffer buffer) {
    String from = text(frame, 26, 4);
    return switch (frame[23]) {
      case 1 -> "icmp " + frame[34] + " " + from + (frame[34] == 3 ? quoted(buffer, 51, 64) : "");
      case 6 -> (frame[47] & 4) != 0 ? "reset " + from : "tcp " + from;
      default -> "forward " + text(frame, 30, 4) + " " + buffer.getShort(36);
    };
  }

  private static String describe6(byte[] frame, ByteBuffer buffer) {
    if ((frame[0] & 1) != 0) {
      return "";
    }
    if (frame[20] == 6) {
      return ((frame[67] & 4) != 0 ? "reset6 " : "tcp6 ") + text(frame, 22, 16);
    }
    if (frame[20] != 58) {
      return "forward " + text(frame, 38, 16) + " " + buffer.getShort(56);
    }
    boolean advertisement = (frame[54] & 0xff) == 136;
    if (frame[54] == 1 || frame[54] == 4) {
      return "icmp6 " + frame[54] + " " + text(frame, 22, 16) + quoted(buffer, 68, 104);
    }
    return "icmp6 " + (frame[54] & 0xff) + " " + text(frame, advertisement ? 62 : 22, 16);
  }

  /** Returns the protocol, and the port or what is in its place, that an ICMP error quotes. */
  private static String quoted(ByteBuffer frame, int protocol, int port) {
    return " of " + (frame.get(protocol) & 0xff) + " " + frame.getShort(port);
  }

  static boolean isEchoTo(byte[] frame, String target) {
    return frame.length > 34
        && frame[12] == 8
        && frame[13] == 0
        && frame[23] == 1
        && text(frame, 30, 4).equals(target);
  }

  static byte[] address(String text) {
    try {
      return InetAddress.getByName(text).getAddress();
    } catch (UnknownHostException wrong) {
      throw new IllegalArgumentException(text, wrong);
    }
  }

  private static String text(byte[] frame, int at, int length) {
    try {
      byte[] address = Arrays.copyOfRange(frame, at, at + length);
      return InetAddress.getByAddress(address).getHostAddress().replace(":0:0:0:0:0:0:", "::");
    } catch (UnknownHostException wrong) {
      throw new IllegalStateException(wrong);
    }
  }
}
