package io.dsr.linux.suppression;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/** Makes the frames that a client sends, and says what a frame is. */
final class ProbeFrames {

  static final String CLIENT_MAC = "020000000001";
  static final String HOST_MAC = "020000000002";
  static final String CLIENT = "10.1.0.9";
  static final String CLIENT6 = "fd01::9";

  private static final int SCTP = 132;
  private static final int GRE = 47;
  private static final int EXPERIMENTAL = 253;
  private static final int NO_CHECKSUM = -1;

  private ProbeFrames() {}

  static byte[] arpRequest(String target) {
    return bytes(
        "ffffffffffff" + CLIENT_MAC + "0806" + "0001080006040001" + CLIENT_MAC,
        address(CLIENT),
        new byte[6],
        address(target));
  }

  static byte[] udp(String target, int port) {
    byte[] udp = bytes(String.format("3039%04x000c000061626364", port));
    return ip(target, 17, udp, 6);
  }

  static byte[] tcpSyn(String target) {
    return ip(target, 6, bytes("3039005000000001000000005002ffff00000000"), 16);
  }

  /** Returns an INIT chunk's packet (RFC 9260); its checksum is left out, nobody gets to look. */
  static byte[] sctp(String target) {
    return ip(
        target, SCTP, bytes("3039005000000000000000000100001400000001000100000001000100000001"));
  }

  /** Returns a GRE packet of version 7, which no kernel's tunnel takes. */
  static byte[] gre(String target) {
    return ip(target, GRE, bytes("0007880b00000000"));
  }

  /** Returns a packet of a protocol for experiments (RFC 3692), which nobody implements. */
  static byte[] experimental(String target) {
    return ip(target, EXPERIMENTAL, bytes("0000000700000000"));
  }

  /** Returns both fragments of a datagram to a port that is closed; the second comes last. */
  static List<byte[]> fragments(String target, int port) {
    byte[] datagram =
        ip(target, 17, bytes(String.format("3039%04x001000006162636465666768", port)), 6);
    boolean ipv6 = target.contains(":");
    int header = ipv6 ? 54 : 34;
    byte[] first = Arrays.copyOfRange(datagram, header, header + 8);
    byte[] second = Arrays.copyOfRange(datagram, header + 8, header + 16);
    if (ipv6) {
      return List.of(
          ip(target, 44, bytes("1100000100000007", first)),
          ip(target, 44, bytes("1100000800000007", second)));
    }
    return List.of(fragment4(target, 0x2000, first), fragment4(target, 1, second));
  }

  private static byte[] fragment4(String target, int fragment, byte[] payload) {
    byte[] frame = ip(target, 17, payload);
    ByteBuffer.wrap(frame).putShort(20, (short) fragment).putShort(24, (short) 0);
    byte[] header = Arrays.copyOfRange(frame, 14, 34);
    checksum(header, 10, header);
    System.arraycopy(header, 0, frame, 14, header.length);
    return frame;
  }

  static byte[] echo(String target) {
    return ip(
        target,
        target.contains(":") ? 58 : 1,
        bytes((target.contains(":") ? "8000" : "0800") + "000012340001"),
        2);
  }

  static byte[] neighbourSolicitation(String target) {
    byte[] icmp = bytes("8700000000000000", address(target), bytes("0101" + CLIENT_MAC));
    byte[] group = address("ff02::1:ff00:0");
    System.arraycopy(address(target), 13, group, 13, 3);
    return ip6("3333ff" + HexFormat.of().formatHex(group, 13, 16), group, 58, icmp, 2);
  }

  /** Puts an 802.1Q tag of VLAN 0 in, which a kernel takes as if it were not there. */
  static byte[] tagged(byte[] frame) {
    return bytes(
        "",
        Arrays.copyOf(frame, 12),
        bytes("81000000"),
        Arrays.copyOfRange(frame, 12, frame.length));
  }

  private static byte[] ip(String target, int protocol, byte[] payload) {
    return ip(target, protocol, payload, NO_CHECKSUM);
  }

  private static byte[] ip(String target, int protocol, byte[] payload, int checksumAt) {
    byte[] to = address(target);
    if (to.length == 16) {
      return ip6(HOST_MAC, to, protocol, payload, checksumAt);
    }
    byte[] from = address(CLIENT);
    byte[] filled = payload.clone();
    byte[] pseudo =
        protocol == 1
            ? filled
            : bytes(String.format("00%02x%04x", protocol, payload.length), from, to, filled);
    checksum(filled, checksumAt, pseudo);
    byte[] header =
        bytes(String.format("4500%04x0001000040%02x0000", 20 + payload.length, protocol), from, to);
    checksum(header, 10, header);
    return bytes(HOST_MAC + CLIENT_MAC + "0800", header, filled);
  }

  private static byte[] ip6(String mac, byte[] to, int protocol, byte[] payload, int checksumAt) {
    byte[] from = address(CLIENT6);
    byte[] filled = payload.clone();
    byte[] pseudo = bytes(String.format("%08x%08x", payload.length, protocol), from, to, filled);
    checksum(filled, checksumAt, pseudo);
    byte[] header = bytes(String.format("60000000%04x%02xff", payload.length, protocol), from, to);
    return bytes(mac + CLIENT_MAC + "86dd", header, filled);
  }

  private static void checksum(byte[] into, int at, byte[] over) {
    if (at == NO_CHECKSUM) {
      return;
    }
    long sum = 0;
    for (int i = 0; i < over.length; i++) {
      sum += (over[i] & 0xffL) << (i % 2 == 0 ? 8 : 0);
    }
    while (sum > 0xffff) {
      sum = (sum & 0xffff) + (sum >> 16);
    }
    ByteBuffer.wrap(into).putShort(at, (short) ~sum);
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

  private static byte[] bytes(String hex, byte[]... more) {
    byte[] head = HexFormat.of().parseHex(hex);
    ByteBuffer all =
        ByteBuffer.allocate(head.length + Arrays.stream(more).mapToInt(b -> b.length).sum());
    all.put(head);
    Arrays.stream(more).forEach(all::put);
    return all.array();
  }
}
