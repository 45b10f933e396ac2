package io.dsr.server.command;

import io.dsr.server.control.ControlException;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The smallest frame of a client: Ethernet II (the addresses locally administered and of nobody),
 * IPv4 (RFC 791) or IPv6 (RFC 8200), and TCP (RFC 9293) or UDP (RFC 768) without data.
 */
final class ProbeFrame {

  private static final int ETHERNET = 14;
  private static final int IPV4 = 20;
  private static final int IPV6 = 40;
  private static final int TCP = 20;
  private static final int UDP = 8;
  private static final int TCP_NUMBER = 6;
  private static final int UDP_NUMBER = 17;
  private static final int HOP_LIMIT = 64;
  private static final byte[] NEXT_HOPS = {0x02, 0, 0x5e, 0, 0, 0x02, 0x02, 0, 0x5e, 0, 0, 0x01};
  private static final Map<String, Integer> FLAGS =
      Map.of("fin", 1, "syn", 2, "rst", 4, "psh", 8, "ack", 16, "urg", 32, "ece", 64, "cwr", 128);

  private ProbeFrame() {}

  /**
   * Returns a frame of TCP.
   *
   * @param flags the TCP flags octet, as {@link #flags} reads it
   */
  static byte[] tcp(InetSocketAddress client, InetSocketAddress vip, int flags)
      throws ControlException {
    ByteBuffer segment = ByteBuffer.allocate(TCP);
    segment.putShort((short) client.getPort()).putShort((short) vip.getPort());
    segment.putInt(1).putInt(0).put((byte) ((TCP / 4) << 4)).put((byte) flags);
    segment.putShort((short) 0xffff);
    return frame(client, vip, TCP_NUMBER, segment.array(), 16);
  }

  /** Returns a frame of UDP. */
  static byte[] udp(InetSocketAddress client, InetSocketAddress vip) throws ControlException {
    ByteBuffer datagram = ByteBuffer.allocate(UDP);
    datagram.putShort((short) client.getPort()).putShort((short) vip.getPort());
    datagram.putShort((short) UDP);
    return frame(client, vip, UDP_NUMBER, datagram.array(), 6);
  }

  /** Reads TCP flags as {@code syn} or {@code fin,ack}. */
  static int flags(String text) throws ControlException {
    int flags = 0;
    for (String name : text.toLowerCase(Locale.ROOT).split(",", -1)) {
      flags |=
          Optional.ofNullable(FLAGS.get(name.strip()))
              .orElseThrow(() ->
                  ControlException.usage(
                      "--flags", text, "some of fin, syn, rst, psh, ack, urg, ece, cwr"));
    }
    return flags;
  }

  private static byte[] frame(
      InetSocketAddress client, InetSocketAddress vip, int protocol, byte[] payload, int checksum)
      throws ControlException {
    byte[] source = client.getAddress().getAddress();
    byte[] destination = vip.getAddress().getAddress();
    if (source.length != destination.length) {
      throw ControlException.usage(
          "client and VIP are of two address families (expected: both IPv4, or both IPv6)");
    }
    ByteBuffer pseudo = ByteBuffer.allocate(2 * source.length + 4 + payload.length);
    pseudo.put(source).put(destination).putShort((short) protocol);
    pseudo.putShort((short) payload.length).put(payload);
    ByteBuffer.wrap(payload).putShort(checksum, checksum(pseudo.array(), protocol));
    boolean ipv6 = vip.getAddress() instanceof Inet6Address;
    ByteBuffer frame =
        ByteBuffer.allocate(ETHERNET + (ipv6 ? IPV6 : IPV4) + payload.length).put(NEXT_HOPS);
    frame.putShort((short) (ipv6 ? 0x86dd : 0x0800));
    frame.put(
        ipv6 ? ipv6(protocol, payload.length) : ipv4(protocol, payload.length, pseudo.array()));
    return frame.put(source).put(destination).put(payload).array();
  }

  /** Returns the header before its addresses, which are the first of the pseudo header. */
  private static byte[] ipv4(int protocol, int length, byte[] pseudo) {
    ByteBuffer header = ByteBuffer.allocate(IPV4);
    header.put((byte) 0x45).put((byte) 0).putShort((short) (IPV4 + length));
    header.putShort((short) 0).putShort((short) 0x4000); // may not be fragmented
    header.put((byte) HOP_LIMIT).put((byte) protocol).putShort((short) 0);
    header.put(pseudo, 0, 8);
    header.putShort(10, checksum(header.array(), TCP_NUMBER));
    return Arrays.copyOf(header.array(), IPV4 - 8);
  }

  private static byte[] ipv6(int protocol, int length) {
    ByteBuffer header = ByteBuffer.allocate(IPV6 - 32);
    header.putInt(0x6000_0000).putShort((short) length);
    return header.put((byte) protocol).put((byte) HOP_LIMIT).array();
  }

  /** Returns the checksum of RFC 1071; of UDP never zero, which would mean none. */
  private static short checksum(byte[] octets, int protocol) {
    long sum = 0;
    for (int i = 0; i < octets.length; i += 2) {
      sum += ((octets[i] & 0xff) << 8) | (octets[i + 1] & 0xff);
    }
    while (sum >> 16 != 0) {
      sum = (sum & 0xffff) + (sum >> 16);
    }
    int checksum = (int) ~sum & 0xffff;
    return (short) (checksum == 0 && protocol == UDP_NUMBER ? 0xffff : checksum);
  }
}
