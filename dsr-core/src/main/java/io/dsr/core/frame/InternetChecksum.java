package io.dsr.core.frame;

import io.netty.buffer.ByteBuf;

/**
 * The checksum of IP, TCP, UDP and ICMP: the one's complement of a one's complement sum of sixteen
 * bit words (RFC 1071), and how to change it with one word of its data (RFC 1624, equation 3).
 */
public final class InternetChecksum {

  private InternetChecksum() {}

  /** Returns the unfolded sum of {@code length} bytes from {@code index}, added to {@code sum}. */
  public static long sum(ByteBuf bytes, int index, int length, long sum) {
    long total = sum;
    int end = index + (length & ~1);
    for (int at = index; at < end; at += 2) {
      total += bytes.getUnsignedShort(at);
    }
    return (length & 1) == 0 ? total : total + (bytes.getUnsignedByte(end) << 8);
  }

  /** Returns the unfolded sum of the pseudo-header of an IPv6 packet (RFC 8200 section 8.1). */
  public static long pseudoHeader(Ipv6Packet packet, int protocol, int length) {
    return words(packet.sourceHigh())
        + words(packet.sourceLow())
        + words(packet.destinationHigh())
        + words(packet.destinationLow())
        + protocol
        + length;
  }

  /** Returns the unfolded sum of the pseudo-header of an IPv4 packet (RFC 9293 section 3.1). */
  public static long pseudoHeader(Ipv4Packet packet, int protocol, int length) {
    return words(Integer.toUnsignedLong(packet.source()))
        + words(Integer.toUnsignedLong(packet.destination()))
        + protocol
        + length;
  }

  /** Returns the checksum that a sum makes: folded to sixteen bits and complemented. */
  public static int of(long sum) {
    return ~fold(sum) & 0xffff;
  }

  /** Returns what {@code checksum} becomes when one word of its data changes. */
  public static int update(int checksum, int before, int after) {
    return of((~checksum & 0xffff) + (~before & 0xffff) + (after & 0xffff));
  }

  private static int fold(long sum) {
    long folded = sum;
    while (folded >>> 16 != 0) {
      folded = (folded & 0xffff) + (folded >>> 16);
    }
    return (int) folded;
  }

  private static long words(long octets) {
    return (octets >>> 48)
        + ((octets >>> 32) & 0xffff)
        + ((octets >>> 16) & 0xffff)
        + (octets & 0xffff);
  }
}
