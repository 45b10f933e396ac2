package io.dsr.core.frame;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * Builds frames with right lengths and checksums from the inside out, with no help from the code
 * under test: a payload first, then each header around what is there.
 */
public final class Frames {

  private static final int ICMPV6 = 58;

  private byte[] bytes;

  // What the addresses around it decide: where the checksum is, and for which protocol.
  private int checksumAt = -1;
  private int checksumProtocol;
  // Where the bytes begin that the checksum covers: behind the extension headers.
  private int checksumStart;

  private Frames(byte[] bytes) {
    this.bytes = bytes;
  }

  /** Starts with a payload of ASCII. */
  public static Frames text(String payload) {
    return new Frames(payload.getBytes(StandardCharsets.US_ASCII));
  }

  /** Starts with a payload. */
  public static Frames payload(byte... payload) {
    return new Frames(payload.clone());
  }

  /** Starts with what a text block of hexadecimal digits says; white space does not matter. */
  public static Frames hex(String digits) {
    return new Frames(HexFormat.of().parseHex(digits.replaceAll("\\s", "")));
  }

  /** Puts a TCP header in front, without options. */
  public Frames tcp(int sourcePort, int destinationPort, int flags, int sequence, int ack) {
    return tcp(sourcePort, destinationPort, flags, sequence, ack, new byte[0]);
  }

  /** Puts a TCP header in front, with options that are a multiple of four bytes. */
  public Frames tcp(
      int sourcePort, int destinationPort, int flags, int sequence, int ack, byte[] options) {
    var header = Unpooled.buffer();
    header.writeShort(sourcePort).writeShort(destinationPort).writeInt(sequence).writeInt(ack);
    header.writeByte(((20 + options.length) / 4) << 4).writeByte(flags).writeShort(0x1234);
    header.writeInt(0).writeBytes(options);
    return front(header, 16, 6);
  }

  /** Puts a UDP header in front. */
  public Frames udp(int sourcePort, int destinationPort) {
    var header = Unpooled.buffer().writeShort(sourcePort).writeShort(destinationPort);
    return front(header.writeShort(8 + bytes.length).writeShort(0), 6, 17);
  }

  /** Puts an SCTP chunk in front, padded if anything follows; without a checksum. */
  public Frames chunk(int type, String value) {
    byte[] body = value.getBytes(StandardCharsets.US_ASCII);
    var chunk = Unpooled.buffer().writeByte(type).writeByte(0).writeShort(4 + body.length);
    chunk.writeBytes(body).writeZero(bytes.length == 0 ? 0 : -body.length & 3);
    return front(chunk, -1, 0);
  }

  /** Puts an SCTP common header in front, without a checksum. */
  public Frames sctp(int sourcePort, int destinationPort, int tag) {
    var header = Unpooled.buffer().writeShort(sourcePort).writeShort(destinationPort);
    return front(header.writeInt(tag).writeInt(0), -1, 0);
  }

  /** Puts an ICMP header in front. */
  public Frames icmp(int type, int code, int rest) {
    var header = Unpooled.buffer().writeByte(type).writeByte(code).writeShort(0).writeInt(rest);
    front(header, -1, 1);
    put(2, checksum(bytes, 0));
    return this;
  }

  /** Puts an ICMPv6 header in front. */
  public Frames icmpv6(int type, int code, int rest) {
    var header = Unpooled.buffer().writeByte(type).writeByte(code).writeShort(0).writeInt(rest);
    return front(header, 2, ICMPV6);
  }

  /** Puts an IPv4 header in front, without options, of a packet that is whole. */
  public Frames ipv4(String source, String destination, int protocol) {
    return ipv4(source, destination, protocol, 0, new byte[0]);
  }

  /**
   * Puts an IPv4 header in front.
   *
   * @param fragment flags and offset as they are in the header
   * @param options a multiple of four bytes
   */
  public Frames ipv4(
      String source, String destination, int protocol, int fragment, byte[] options) {
    byte[] from = address(source);
    byte[] to = address(destination);
    fillChecksum(from, to);
    var header = Unpooled.buffer().writeByte(0x40 | ((20 + options.length) / 4)).writeByte(0x28);
    header.writeShort(20 + options.length + bytes.length).writeShort(0xbeef).writeShort(fragment);
    header.writeByte(63).writeByte(protocol).writeShort(0).writeBytes(from).writeBytes(to);
    header.writeBytes(options);
    header.setShort(10, checksum(header.array(), 0, header.writerIndex(), 0));
    return front(header, -1, 0);
  }

  /** Puts an IPv6 header in front. */
  public Frames ipv6(String source, String destination, int nextHeader) {
    return ipv6(source, destination, nextHeader, 62);
  }

  /** Puts an IPv6 header with a hop limit of its own in front. */
  public Frames ipv6(String source, String destination, int nextHeader, int hopLimit) {
    byte[] from = address(source);
    byte[] to = address(destination);
    fillChecksum(from, to);
    var header = Unpooled.buffer().writeInt(0x65a12345);
    header.writeShort(bytes.length).writeByte(nextHeader).writeByte(hopLimit);
    return front(header.writeBytes(from).writeBytes(to), -1, 0);
  }

  /** Puts an extension header of {@code units} times eight bytes in front. */
  public Frames extension(int nextHeader, int units) {
    var header = Unpooled.buffer().writeByte(nextHeader).writeByte(units - 1);
    // One PadN option (RFC 8200 section 4.2) fills it.
    header.writeByte(1).writeByte(units * 8 - 4).writeZero(units * 8 - 4);
    return behind(header);
  }

  /** Puts an authentication header of {@code words} times four bytes in front (RFC 4302). */
  public Frames authentication(int nextHeader, int words) {
    var header = Unpooled.buffer().writeByte(nextHeader).writeByte(words - 2);
    return behind(header.writeZero(words * 4 - 2));
  }

  /** Puts an IPv6 fragment header in front; the offset is in bytes. */
  public Frames fragment(int nextHeader, int offset, boolean more) {
    var header = Unpooled.buffer().writeByte(nextHeader).writeByte(0);
    return behind(header.writeShort((offset & ~7) | (more ? 1 : 0)).writeInt(0xfeedbeef));
  }

  /** Starts with an ARP packet. */
  public static Frames arp(int operation, long mac, String sender, long target, String ip) {
    var packet = Unpooled.buffer().writeShort(1).writeShort(0x0800).writeShort(0x0604);
    packet.writeShort(operation);
    mac(packet, mac).writeBytes(address(sender));
    mac(packet, target).writeBytes(address(ip));
    return new Frames(take(packet));
  }

  /** Starts with a solicitation or advertisement; without an option if {@code option} is 0. */
  public static Frames neighbour(int type, int flags, String target, int option, long mac) {
    var body = Unpooled.buffer().writeBytes(address(target));
    if (option != 0) {
      mac(body.writeByte(option).writeByte(1), mac);
    }
    return new Frames(take(body)).icmpv6(type, 0, flags << 24);
  }

  /** Puts an 802.1Q or 802.1ad tag in front, but for its own EtherType. */
  public Frames vlan(int control, int etherType) {
    return front(Unpooled.buffer().writeShort(control).writeShort(etherType), -1, 0);
  }

  /** Puts an Ethernet header in front. */
  public Frames ethernet(long destination, long source, int etherType) {
    var header = Unpooled.buffer();
    mac(mac(header, destination), source).writeShort(etherType);
    return front(header, -1, 0);
  }

  /** Puts zeros behind, as links do with short frames. */
  public Frames pad(int length) {
    bytes = Arrays.copyOf(bytes, Math.max(length, bytes.length));
    return this;
  }

  /** Keeps the first bytes alone. */
  public Frames truncate(int length) {
    bytes = Arrays.copyOf(bytes, Math.min(length, bytes.length));
    return this;
  }

  /** Puts a byte in the place of another. */
  public Frames set(int index, int value) {
    bytes[index] = (byte) value;
    return this;
  }

  /** Returns what has been built. */
  public byte[] bytes() {
    return bytes.clone();
  }

  /** Returns what has been built, in a heap buffer. */
  public ByteBuf buffer() {
    return Unpooled.copiedBuffer(bytes);
  }

  /** Returns the octets of a literal address. */
  public static byte[] address(String literal) {
    return InetAddress.ofLiteral(literal).getAddress();
  }

  /** Returns an IPv4 address as a number. */
  public static int ipv4(String literal) {
    return Unpooled.wrappedBuffer(address(literal)).readInt();
  }

  /** Returns half of an IPv6 address: 0 the first, 1 the last. */
  public static long ipv6(String literal, int half) {
    return Unpooled.wrappedBuffer(address(literal)).getLong(half * 8);
  }

  /** Returns the checksum of RFC 1071 over {@code data}, with a sum from elsewhere. */
  public static int checksum(byte[] data, long sum) {
    return checksum(data, 0, data.length, sum);
  }

  private static int checksum(byte[] data, int from, int to, long sum) {
    long total = sum;
    for (int i = from; i < to; i++) {
      total += (i - from) % 2 == 0 ? (data[i] & 0xffL) << 8 : data[i] & 0xffL;
    }
    long folded = total % 0xffff;
    return (int) (0xffff - (folded == 0 && total != 0 ? 0xffff : folded));
  }

  private void fillChecksum(byte[] from, byte[] to) {
    if (checksumAt < 0) {
      return;
    }
    var pseudo = Unpooled.buffer().writeBytes(from).writeBytes(to);
    pseudo.writeInt(bytes.length - checksumStart).writeInt(checksumProtocol);
    byte[] covered = Arrays.copyOfRange(bytes, checksumStart, bytes.length);
    int sum = ~checksum(take(pseudo), 0) & 0xffff;
    int checksum = checksum(covered, sum);
    put(checksumAt, checksum == 0 && checksumProtocol == 17 ? 0xffff : checksum);
    checksumAt = -1;
  }

  private Frames front(ByteBuf header, int checksum, int protocol) {
    byte[] first = take(header);
    bytes = concat(first, bytes);
    checksumAt = checksum;
    checksumProtocol = protocol;
    checksumStart = 0;
    return this;
  }

  /** Puts a header in front that no checksum covers, and keeps what is pending. */
  private Frames behind(ByteBuf header) {
    byte[] first = take(header);
    bytes = concat(first, bytes);
    checksumAt += checksumAt < 0 ? 0 : first.length;
    checksumStart += first.length;
    return this;
  }

  private void put(int index, int value) {
    bytes[index] = (byte) (value >> 8);
    bytes[index + 1] = (byte) value;
  }

  private static ByteBuf mac(ByteBuf out, long mac) {
    return out.writeShort((int) (mac >> 32)).writeInt((int) mac);
  }

  private static byte[] take(ByteBuf buffer) {
    return Arrays.copyOf(buffer.array(), buffer.writerIndex());
  }

  private static byte[] concat(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }
}
