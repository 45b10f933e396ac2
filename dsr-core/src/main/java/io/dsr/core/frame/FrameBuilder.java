package io.dsr.core.frame;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Builds a frame from the inside out: a payload first, then each header around what is there.
 *
 * <pre>{@code
 * byte[] frame =
 *     FrameBuilder.text("query").udp(5353, 53).ip(client, vip).ethernet(balancer, router).bytes();
 * }</pre>
 *
 * <p>Lengths and checksums are right unless they are set: {@link #checksum}, {@link #length} and
 * the other settings change the outermost header, which is the one put last, and {@link #set} any
 * byte. An IP header fills the checksum of the transport header that it encloses, behind extension
 * headers too. For tests, tools and {@code Simulator}: it allocates, and is not for the packet
 * path.
 *
 * <p>Not safe for use by several threads. Methods that return a builder return this one.
 */
public final class FrameBuilder {

  private static final int NONE = -1;
  private static final int LONGEST = 65_535;
  private static final int OPTION_WORD = 4;
  private static final int LONGEST_OPTIONS = 40;
  private static final int CLASS_SHIFT_V6 = 4;

  private byte[] bytes;
  private Header outermost;

  // The checksum that waits for the addresses around it, and where the bytes begin that it covers.
  private int pendingChecksum = NONE;
  private int pendingProtocol;
  private int coveredFrom;

  private enum Header {
    PAYLOAD(NONE, NONE, NONE),
    TCP(IpProtocol.TCP, NONE, TcpSegment.CHECKSUM),
    UDP(IpProtocol.UDP, NONE, UdpDatagram.CHECKSUM),
    SCTP(IpProtocol.SCTP, NONE, SctpPacket.CHECKSUM),
    CHUNK(NONE, NONE, NONE),
    ICMP(IpProtocol.ICMP, NONE, IcmpMessage.CHECKSUM),
    ICMPV6(IpProtocol.ICMPV6, NONE, IcmpMessage.CHECKSUM),
    EXTENSION(NONE, NONE, NONE),
    IPV4(NONE, EtherType.IPV4, Ipv4Packet.CHECKSUM),
    IPV6(NONE, EtherType.IPV6, NONE),
    ARP(NONE, EtherType.ARP, NONE),
    VLAN(NONE, EtherType.VLAN, NONE),
    ETHERNET(NONE, NONE, NONE);

    final int protocol;
    final int etherType;
    final int checksum;

    Header(int protocol, int etherType, int checksum) {
      this.protocol = protocol;
      this.etherType = etherType;
      this.checksum = checksum;
    }
  }

  private FrameBuilder(byte[] bytes, Header outermost) {
    this.bytes = bytes;
    this.outermost = outermost;
  }

  /** Starts with a payload of ASCII. */
  public static FrameBuilder text(String payload) {
    return payload(payload.getBytes(StandardCharsets.US_ASCII));
  }

  /** Starts with a payload, which may be empty. */
  public static FrameBuilder payload(byte... payload) {
    return new FrameBuilder(payload.clone(), Header.PAYLOAD);
  }

  /** Starts with what hexadecimal digits say; white space between them does not matter. */
  public static FrameBuilder hex(String digits) {
    return payload(HexFormat.of().parseHex(digits.replaceAll("\\s", "")));
  }

  /**
   * Starts with an ARP packet for IPv4.
   *
   * @param senderMac a MAC address in the low 48 bits
   * @param targetMac a MAC address in the low 48 bits, 0 in a question
   */
  public static FrameBuilder arp(
      int operation, long senderMac, String sender, long targetMac, String target) {
    ByteBuf packet = Unpooled.buffer();
    ArpPacket.append(
        packet,
        operation,
        senderMac,
        number(address(sender, false)),
        targetMac,
        number(address(target, false)));
    return new FrameBuilder(take(packet), Header.ARP);
  }

  /**
   * Starts with a neighbor solicitation or advertisement.
   *
   * @param flags the highest eight bits of the flags
   * @param option the type of the option that says {@code mac}, 0 for none
   */
  public static FrameBuilder neighbour(int type, int flags, String target, int option, long mac) {
    ByteBuf message = Unpooled.buffer();
    byte[] address = address(target, true);
    NeighbourMessage.append(message, type, flags, half(address, 0), half(address, 1));
    if (option != 0) {
      NeighbourMessage.appendOption(message, option, mac);
    }
    return payload().transport(message, Header.ICMPV6);
  }

  /** Puts a TCP header without options in front. */
  public FrameBuilder tcp(
      int sourcePort, int destinationPort, int flags, int sequence, int acknowledgement) {
    return tcp(sourcePort, destinationPort, flags, sequence, acknowledgement, new byte[0]);
  }

  /**
   * Puts a TCP header in front.
   *
   * @param options a multiple of four bytes, at most 40
   * @throws IllegalArgumentException if the options have another length
   */
  public FrameBuilder tcp(
      int sourcePort,
      int destinationPort,
      int flags,
      int sequence,
      int acknowledgement,
      byte[] options) {
    checkOptions(options);
    ByteBuf header = Unpooled.buffer();
    TcpSegment.append(header, sourcePort, destinationPort, flags, options);
    header.setInt(TcpSegment.SEQUENCE, sequence);
    header.setInt(TcpSegment.ACKNOWLEDGEMENT, acknowledgement);
    return transport(header, Header.TCP);
  }

  /** Puts a UDP header in front. */
  public FrameBuilder udp(int sourcePort, int destinationPort) {
    ByteBuf header = Unpooled.buffer();
    UdpDatagram.append(header, sourcePort, destinationPort, bytes.length);
    return transport(header, Header.UDP);
  }

  /** Puts an SCTP chunk of ASCII without flags in front. */
  public FrameBuilder chunk(int type, String value) {
    return chunk(type, 0, value.getBytes(StandardCharsets.US_ASCII));
  }

  /** Puts an SCTP chunk in front, padded if anything follows. */
  public FrameBuilder chunk(int type, int flags, byte[] value) {
    ByteBuf chunk = Unpooled.buffer();
    SctpPacket.appendChunk(chunk, type, flags, value);
    chunk.writeZero(bytes.length == 0 ? 0 : -value.length & 3);
    return front(chunk, Header.CHUNK);
  }

  /** Puts an SCTP common header in front, with the CRC32c of RFC 9260. */
  public FrameBuilder sctp(int sourcePort, int destinationPort, int tag) {
    ByteBuf header = Unpooled.buffer();
    SctpPacket.append(header, sourcePort, destinationPort, tag);
    front(header, Header.SCTP);
    var crc = new CRC32C();
    crc.update(bytes);
    putInt(SctpPacket.CHECKSUM, Integer.reverseBytes((int) crc.getValue()));
    return this;
  }

  /**
   * Puts an ICMP header in front.
   *
   * @param rest what the type makes of the second four bytes
   */
  public FrameBuilder icmp(int type, int code, int rest) {
    ByteBuf header = Unpooled.buffer();
    IcmpMessage.append(header, type, code, rest);
    front(header, Header.ICMP);
    putShort(IcmpMessage.CHECKSUM, InternetChecksum.of(sum(0, bytes.length)));
    return this;
  }

  /**
   * Puts an ICMPv6 header in front.
   *
   * @param rest what the type makes of the second four bytes
   */
  public FrameBuilder icmpv6(int type, int code, int rest) {
    ByteBuf header = Unpooled.buffer();
    IcmpMessage.append(header, type, code, rest);
    return transport(header, Header.ICMPV6);
  }

  /** Puts an IPv4 header in front, without options, of a packet that is whole. */
  public FrameBuilder ipv4(String source, String destination, int protocol) {
    return ipv4(source, destination, protocol, 0, new byte[0]);
  }

  /**
   * Puts an IPv4 header in front.
   *
   * @param fragment flags and offset as they are in the header
   * @param options a multiple of four bytes, at most 40
   * @throws IllegalArgumentException if an address is not one of IPv4, the options have another
   *     length, or the packet is too long
   */
  public FrameBuilder ipv4(
      String source, String destination, int protocol, int fragment, byte[] options) {
    return ipv4(address(source, false), address(destination, false), protocol, options)
        .fragment(fragment);
  }

  /**
   * Puts an IPv6 header in front.
   *
   * @throws IllegalArgumentException if an address is not one of IPv6, or the packet is too long
   */
  public FrameBuilder ipv6(String source, String destination, int nextHeader) {
    return ipv6(address(source, true), address(destination, true), nextHeader);
  }

  /** Puts an IPv6 header with a hop limit of its own in front. */
  public FrameBuilder ipv6(String source, String destination, int nextHeader, int hops) {
    return ipv6(source, destination, nextHeader).hopLimit(hops);
  }

  /**
   * Puts a header of the addresses' family in front, for the protocol of the header that it
   * encloses.
   *
   * @throws IllegalStateException if the outermost header is not one of a transport protocol
   */
  public FrameBuilder ip(InetAddress source, InetAddress destination) {
    if (outermost.protocol == NONE) {
      throw new IllegalStateException(
          "ip around " + outermost + " (expected: a header that has a protocol number)");
    }
    return ip(source, destination, outermost.protocol);
  }

  /**
   * Puts a header of the addresses' family in front.
   *
   * @param protocol the protocol, or the next header of IPv6
   * @throws IllegalArgumentException if the addresses are of two families, or the packet is too
   *     long
   */
  public FrameBuilder ip(InetAddress source, InetAddress destination, int protocol) {
    byte[] from = source.getAddress();
    byte[] to = destination.getAddress();
    if (from.length != to.length) {
      throw new IllegalArgumentException(
          source
              + " and "
              + destination
              + " are of different address families (expected: one family)");
    }
    return destination instanceof Inet6Address
        ? ipv6(from, to, protocol)
        : ipv4(from, to, protocol, new byte[0]);
  }

  /**
   * Puts an IPv6 extension header in front that padding fills.
   *
   * @param units its length in units of eight bytes, 1 to 32
   */
  public FrameBuilder extension(int nextHeader, int units) {
    ByteBuf header = Unpooled.buffer();
    Ipv6Packet.appendExtension(header, nextHeader, units);
    return between(header);
  }

  /**
   * Puts an authentication header in front.
   *
   * @param words its length in units of four bytes, 3 to 257
   */
  public FrameBuilder authentication(int nextHeader, int words) {
    ByteBuf header = Unpooled.buffer();
    Ipv6Packet.appendAuthentication(header, nextHeader, words);
    return between(header);
  }

  /**
   * Puts an IPv6 fragment header in front, with an identification of 1.
   *
   * @param offset where the fragment begins, in bytes, a multiple of eight
   */
  public FrameBuilder fragment(int nextHeader, int offset, boolean more) {
    return fragment(nextHeader, offset, more, 1);
  }

  /**
   * Puts an IPv6 fragment header in front.
   *
   * @param offset where the fragment begins, in bytes, a multiple of eight
   */
  public FrameBuilder fragment(int nextHeader, int offset, boolean more, int identification) {
    ByteBuf header = Unpooled.buffer();
    Ipv6Packet.appendFragment(header, nextHeader, offset, more, identification);
    return between(header);
  }

  /** Puts an 802.1Q or 802.1ad tag in front, but for its own EtherType. */
  public FrameBuilder vlan(int control, int etherType) {
    ByteBuf tag = Unpooled.buffer();
    VlanTag.append(tag, control, etherType);
    return front(tag, Header.VLAN);
  }

  /**
   * Puts an Ethernet header in front.
   *
   * @param destination a MAC address in the low 48 bits
   * @param source a MAC address in the low 48 bits
   */
  public FrameBuilder ethernet(long destination, long source, int etherType) {
    ByteBuf header = Unpooled.buffer();
    EthernetFrame.append(header, destination, source, etherType);
    return front(header, Header.ETHERNET);
  }

  /**
   * Puts an Ethernet header in front, with the EtherType of what it encloses.
   *
   * @throws IllegalStateException if the outermost header is not one that Ethernet carries
   */
  public FrameBuilder ethernet(long destination, long source) {
    if (outermost.etherType == NONE) {
      throw new IllegalStateException(
          "ethernet around " + outermost + " (expected: a header that has an EtherType)");
    }
    return ethernet(destination, source, outermost.etherType);
  }

  /** Sets the window of the TCP header that is outermost. */
  public FrameBuilder window(int window) {
    require("window", Header.TCP);
    putShort(TcpSegment.WINDOW, window);
    return this;
  }

  /** Sets the type of service, or traffic class, of the IP header that is outermost. */
  public FrameBuilder trafficClass(int trafficClass) {
    require("trafficClass", Header.IPV4, Header.IPV6);
    if (outermost == Header.IPV6) {
      bytes[0] = (byte) ((bytes[0] & 0xf0) | (trafficClass >> CLASS_SHIFT_V6));
      bytes[1] = (byte) ((bytes[1] & 0x0f) | (trafficClass << CLASS_SHIFT_V6));
      return this;
    }
    bytes[Ipv4Packet.TRAFFIC_CLASS] = (byte) trafficClass;
    return fillIpv4Checksum();
  }

  /** Sets the identification of the IPv4 header that is outermost. */
  public FrameBuilder identification(int identification) {
    require("identification", Header.IPV4);
    putShort(Ipv4Packet.IDENTIFICATION, identification);
    return fillIpv4Checksum();
  }

  /** Sets flags and offset, as they are in the header, of the IPv4 header that is outermost. */
  public FrameBuilder fragment(int flagsAndOffset) {
    require("fragment", Header.IPV4);
    putShort(Ipv4Packet.FRAGMENT, flagsAndOffset);
    return fillIpv4Checksum();
  }

  /** Sets the time to live, or hop limit, of the IP header that is outermost. */
  public FrameBuilder hopLimit(int hops) {
    require("hopLimit", Header.IPV4, Header.IPV6);
    if (outermost == Header.IPV6) {
      bytes[Ipv6Packet.HOP_LIMIT] = (byte) hops;
      return this;
    }
    bytes[Ipv4Packet.TIME_TO_LIVE] = (byte) hops;
    return fillIpv4Checksum();
  }

  /**
   * Sets the length field of the UDP or IP header that is outermost, whatever is there; checksums
   * stay right.
   */
  public FrameBuilder length(int length) {
    require("length", Header.UDP, Header.IPV4, Header.IPV6);
    switch (outermost) {
      case UDP -> putShort(UdpDatagram.LENGTH, length);
      case IPV6 -> putShort(Ipv6Packet.PAYLOAD_LENGTH, length);
      default -> {
        putShort(Ipv4Packet.TOTAL_LENGTH, length);
        return fillIpv4Checksum();
      }
    }
    return this;
  }

  /** Sets the checksum of the outermost header, right or wrong; of SCTP all 32 bits. */
  public FrameBuilder checksum(int checksum) {
    if (outermost.checksum == NONE) {
      throw new IllegalStateException("checksum: " + outermost + " has none");
    }
    if (outermost == Header.SCTP) {
      putInt(outermost.checksum, checksum);
    } else {
      putShort(outermost.checksum, checksum);
    }
    pendingChecksum = NONE;
    return this;
  }

  /** Sets a byte of what has been built so far; no checksum follows but one that is not filled. */
  public FrameBuilder set(int index, int value) {
    bytes[index] = (byte) value;
    return this;
  }

  /** Puts zeros behind up to that length, as links do with short frames. */
  public FrameBuilder pad(int length) {
    bytes = Arrays.copyOf(bytes, Math.max(length, bytes.length));
    return this;
  }

  /** Keeps the first bytes alone. */
  public FrameBuilder truncate(int length) {
    bytes = Arrays.copyOf(bytes, Math.min(length, bytes.length));
    return this;
  }

  /**
   * Returns the IP packet that is outermost in fragments, the first of them first. Fragments of
   * IPv4 repeat all options; the extension headers of IPv6 are cut as data are.
   *
   * @param size bytes of data in each but the last, a multiple of eight
   * @throws IllegalArgumentException if the size is no multiple of eight
   * @throws IllegalStateException if the outermost header is not one of IP
   */
  public List<FrameBuilder> fragments(int identification, int size) {
    require("fragments", Header.IPV4, Header.IPV6);
    if (size <= 0 || size % 8 != 0) {
      throw new IllegalArgumentException("size: " + size + " (expected: a multiple of 8)");
    }
    boolean ipv6 = outermost == Header.IPV6;
    int header = ipv6 ? Ipv6Packet.HEADER_LENGTH : (bytes[0] & 0xf) * OPTION_WORD;
    int data = bytes.length - header;
    List<FrameBuilder> fragments = new ArrayList<>();
    for (int at = 0; at < data; at += size) {
      boolean more = at + size < data;
      byte[] part = Arrays.copyOfRange(bytes, header + at, header + Math.min(at + size, data));
      fragments.add(
          ipv6
              ? fragmentV6(part, at, more, identification)
              : fragmentV4(header, part, at, more, identification));
    }
    return List.copyOf(fragments);
  }

  private FrameBuilder fragmentV4(
      int header, byte[] part, int at, boolean more, int identification) {
    byte[] packet = Arrays.copyOf(bytes, header + part.length);
    System.arraycopy(part, 0, packet, header, part.length);
    return new FrameBuilder(packet, Header.IPV4)
        .length(packet.length)
        .identification(identification)
        .fragment(at / 8 | (more ? Ipv4Packet.MORE_FRAGMENTS : 0));
  }

  private FrameBuilder fragmentV6(byte[] part, int at, boolean more, int identification) {
    int nextHeader = bytes[Ipv6Packet.NEXT_HEADER];
    byte[] behind = payload(part).fragment(nextHeader, at, more, identification).bytes;
    byte[] packet = concat(Arrays.copyOf(bytes, Ipv6Packet.HEADER_LENGTH), behind);
    return new FrameBuilder(packet, Header.IPV6)
        .set(Ipv6Packet.NEXT_HEADER, IpProtocol.FRAGMENT)
        .length(behind.length);
  }

  /** Returns a copy of what has been built. */
  public byte[] bytes() {
    return bytes.clone();
  }

  /** Returns a copy of what has been built, in a heap buffer that need not be released. */
  public ByteBuf buffer() {
    return Unpooled.copiedBuffer(bytes);
  }

  private FrameBuilder ipv4(byte[] from, byte[] to, int protocol, byte[] options) {
    checkOptions(options);
    checkLength(Ipv4Packet.MINIMUM_HEADER_LENGTH + options.length + bytes.length);
    fillPendingChecksum(from, to);
    ByteBuf header = Unpooled.buffer();
    Ipv4Packet.append(header, number(from), number(to), protocol, bytes.length, options);
    return front(header, Header.IPV4);
  }

  private FrameBuilder ipv6(byte[] from, byte[] to, int nextHeader) {
    checkLength(bytes.length);
    fillPendingChecksum(from, to);
    ByteBuf header = Unpooled.buffer();
    Ipv6Packet.append(
        header, half(from, 0), half(from, 1), half(to, 0), half(to, 1), nextHeader, bytes.length);
    return front(header, Header.IPV6);
  }

  private void fillPendingChecksum(byte[] from, byte[] to) {
    if (pendingChecksum == NONE) {
      return;
    }
    int length = bytes.length - coveredFrom;
    long addresses =
        InternetChecksum.sum(Unpooled.wrappedBuffer(from, to), 0, from.length + to.length, 0);
    long sum = sum(coveredFrom, length) + addresses + pendingProtocol + length;
    int checksum = InternetChecksum.of(sum);
    // Zero would mean that UDP has none.
    putShort(
        pendingChecksum, checksum == 0 && pendingProtocol == IpProtocol.UDP ? 0xffff : checksum);
    pendingChecksum = NONE;
  }

  private FrameBuilder fillIpv4Checksum() {
    putShort(Ipv4Packet.CHECKSUM, 0);
    int header = (bytes[0] & 0xf) * OPTION_WORD;
    putShort(Ipv4Packet.CHECKSUM, InternetChecksum.of(sum(0, header)));
    return this;
  }

  private long sum(int from, int length) {
    return InternetChecksum.sum(Unpooled.wrappedBuffer(bytes), from, length, 0);
  }

  /** Puts a header in front whose checksum covers a pseudo header. */
  private FrameBuilder transport(ByteBuf header, Header kind) {
    front(header, kind);
    pendingChecksum = kind.checksum;
    pendingProtocol = kind.protocol;
    coveredFrom = 0;
    return this;
  }

  /** Puts a header in front that no checksum covers, and keeps the one that waits. */
  private FrameBuilder between(ByteBuf header) {
    int length = header.readableBytes();
    int waiting = pendingChecksum;
    front(header, Header.EXTENSION);
    pendingChecksum = waiting == NONE ? NONE : waiting + length;
    coveredFrom += length;
    return this;
  }

  private FrameBuilder front(ByteBuf header, Header kind) {
    bytes = concat(take(header), bytes);
    outermost = kind;
    pendingChecksum = NONE;
    return this;
  }

  private void require(String setting, Header... headers) {
    if (!List.of(headers).contains(outermost)) {
      throw new IllegalStateException(
          setting
              + ": the outermost header is "
              + outermost
              + " (expected: one of "
              + Arrays.toString(headers)
              + ")");
    }
  }

  private void putShort(int index, int value) {
    Unpooled.wrappedBuffer(bytes).setShort(index, value);
  }

  private void putInt(int index, int value) {
    Unpooled.wrappedBuffer(bytes).setInt(index, value);
  }

  private static void checkOptions(byte[] options) {
    if (options.length % OPTION_WORD != 0 || options.length > LONGEST_OPTIONS) {
      throw new IllegalArgumentException(
          "options: " + options.length + " bytes (expected: a multiple of 4, at most 40)");
    }
  }

  private static void checkLength(int length) {
    if (length > LONGEST) {
      throw new IllegalArgumentException("packet: " + length + " bytes (expected: at most 65535)");
    }
  }

  private static byte[] address(String literal, boolean ipv6) {
    InetAddress address = InetAddress.ofLiteral(literal);
    if (address instanceof Inet6Address != ipv6) {
      throw new IllegalArgumentException(
          "address: " + literal + " (expected: one of " + (ipv6 ? "IPv6)" : "IPv4)"));
    }
    return address.getAddress();
  }

  private static int number(byte[] ipv4) {
    return Unpooled.wrappedBuffer(ipv4).getInt(0);
  }

  private static long half(byte[] ipv6, int half) {
    return Unpooled.wrappedBuffer(ipv6).getLong(half * Long.BYTES);
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
