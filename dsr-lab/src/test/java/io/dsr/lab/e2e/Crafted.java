package io.dsr.lab.e2e;

import io.dsr.core.MacAddress;
import java.io.ByteArrayOutputStream;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Frames made octet by octet, by nothing of ours that reads them.
 *
 * @param source the Ethernet source
 * @param destination the Ethernet destination
 * @param from the IP source
 * @param to the IP destination
 */
record Crafted(MacAddress source, MacAddress destination, InetAddress from, InetAddress to) {

  static final int TCP = 6;
  static final int UDP = 17;
  static final int GRE = 47;
  static final int SCTP = 132;

  private static final int VLAN = 0x8100;
  private static final int FRAGMENT = 44;
  private static final int MORE_FRAGMENTS = 0x2000;
  private static final int ADDRESSES = 12;
  private static final int HOPS = 64;

  private boolean ipv6() {
    return to instanceof Inet6Address;
  }

  /** Returns a frame with a packet of that protocol. */
  byte[] packet(int protocol, byte[] payload) {
    return ipv6() ? ipv6(protocol, payload) : ipv4(protocol, payload, 0, 0);
  }

  /** Returns a UDP datagram in one frame. */
  byte[] udp(int sourcePort, int port, byte[] payload) {
    return packet(UDP, datagram(sourcePort, port, payload));
  }

  /** Returns a TCP segment with SYN and no options. */
  byte[] syn(int sourcePort, int port) {
    ByteBuffer tcp = ByteBuffer.allocate(20).putShort((short) sourcePort).putShort((short) port);
    tcp.putInt(0x1234_5678).putInt(0).putShort((short) 0x5002).putShort((short) 0xffff);
    tcp.putShort(16, (short) checksum(TCP, tcp.array()));
    return packet(TCP, tcp.array());
  }

  /** Returns an SCTP packet of one chunk (RFC 9260, section 3). */
  byte[] sctp(int sourcePort, int port, int tag, int chunkType, byte[] chunk) {
    ByteBuffer packet = ByteBuffer.allocate(16 + chunk.length);
    packet.putShort((short) sourcePort).putShort((short) port).putInt(tag).putInt(0);
    packet.put((byte) chunkType).put((byte) 3).putShort((short) (4 + chunk.length)).put(chunk);
    var crc = new CRC32C();
    crc.update(packet.array());
    packet.putInt(8, Integer.reverseBytes((int) crc.getValue()));
    return packet(SCTP, packet.array());
  }

  /**
   * Returns the fragments of a UDP datagram, the first of them first.
   *
   * @param size octets of the datagram in each of them, a multiple of eight
   */
  List<byte[]> fragments(int identification, int size, int sourcePort, int port, byte[] payload) {
    byte[] datagram = datagram(sourcePort, port, payload);
    List<byte[]> fragments = new ArrayList<>();
    for (int at = 0; at < datagram.length; at += size) {
      boolean last = at + size >= datagram.length;
      byte[] part = new byte[last ? datagram.length - at : size];
      System.arraycopy(datagram, at, part, 0, part.length);
      fragments.add(
          ipv6()
              ? ipv6(FRAGMENT, fragmentHeader(identification, at, last, part))
              : ipv4(UDP, part, identification, at / 8 | (last ? 0 : MORE_FRAGMENTS)));
    }
    return Collections.unmodifiableList(fragments);
  }

  /** Returns a frame with an 802.1Q tag of priority 0. */
  static byte[] tagged(byte[] frame, int vlan) {
    ByteBuffer tagged = ByteBuffer.allocate(frame.length + 4).put(frame, 0, ADDRESSES);
    tagged.putShort((short) VLAN).putShort((short) vlan);
    return tagged.put(frame, ADDRESSES, frame.length - ADDRESSES).array();
  }

  /** Returns a frame as it looks between two other hosts. */
  static byte[] between(MacAddress source, MacAddress destination, byte[] frame) {
    byte[] moved = frame.clone();
    ByteBuffer.wrap(moved).put(mac(destination)).put(mac(source));
    return moved;
  }

  private byte[] datagram(int sourcePort, int port, byte[] payload) {
    int length = 8 + payload.length;
    ByteBuffer udp =
        ByteBuffer.allocate(length).putShort((short) sourcePort).putShort((short) port);
    udp.putShort((short) length).putShort((short) 0).put(payload);
    int checksum = checksum(UDP, udp.array());
    udp.putShort(6, (short) (checksum == 0 ? 0xffff : checksum));
    return udp.array();
  }

  private static byte[] fragmentHeader(int identification, int at, boolean last, byte[] part) {
    ByteBuffer extended = ByteBuffer.allocate(8 + part.length).put((byte) UDP).put((byte) 0);
    return extended
        .putShort((short) (at | (last ? 0 : 1)))
        .putInt(identification)
        .put(part)
        .array();
  }

  private byte[] ipv4(int protocol, byte[] payload, int identification, int fragment) {
    ByteBuffer packet = ByteBuffer.allocate(20 + payload.length);
    packet.putShort((short) 0x4500).putShort((short) (20 + payload.length));
    packet.putShort((short) identification).putShort((short) fragment);
    packet.put((byte) HOPS).put((byte) protocol).putShort((short) 0);
    packet.put(from.getAddress()).put(to.getAddress());
    packet.putShort(10, (short) ~sum(0, packet.array()));
    return frame(0x0800, packet.put(payload).array());
  }

  private byte[] ipv6(int nextHeader, byte[] payload) {
    ByteBuffer packet = ByteBuffer.allocate(40 + payload.length);
    packet.putInt(0x6000_0000).putShort((short) payload.length);
    packet.put((byte) nextHeader).put((byte) HOPS);
    packet.put(from.getAddress()).put(to.getAddress());
    return frame(0x86dd, packet.put(payload).array());
  }

  private byte[] frame(int type, byte[] packet) {
    var frame = new ByteArrayOutputStream();
    frame.writeBytes(mac(destination));
    frame.writeBytes(mac(source));
    frame.write(type >> 8);
    frame.write(type);
    frame.writeBytes(packet);
    return frame.toByteArray();
  }

  /** Returns the checksum of RFC 1071, over the pseudo header too. */
  private int checksum(int protocol, byte[] transport) {
    int sum = sum(protocol + transport.length, from.getAddress());
    return ~sum(sum(sum, to.getAddress()), transport) & 0xffff;
  }

  private static int sum(int before, byte[] octets) {
    int sum = before;
    for (int i = 0; i < octets.length; i++) {
      sum += (octets[i] & 0xff) << (i % 2 == 0 ? 8 : 0);
      sum = (sum & 0xffff) + (sum >>> 16);
    }
    return sum;
  }

  private static byte[] mac(MacAddress address) {
    byte[] octets = new byte[6];
    long value = address.bits();
    for (int i = 0; i < octets.length; i++) {
      octets[i] = (byte) (value >> (40 - 8 * i));
    }
    return octets;
  }
}
