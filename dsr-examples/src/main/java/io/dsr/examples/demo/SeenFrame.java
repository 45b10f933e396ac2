package io.dsr.examples.demo;

import io.dsr.core.MacAddress;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;

/**
 * A TCP segment in IPv4, as a host saw it.
 *
 * @param place the host
 * @param outgoing whether that host sent it
 */
record SeenFrame(
    String place, boolean outgoing, MacAddress source, MacAddress destination, Segment segment) {

  private static final int ETHERNET_HEADER = 14;
  private static final int ETHER_TYPE = 12;
  private static final int IPV4 = 0x0800;
  private static final int SHORTEST_IP_HEADER = 20;
  private static final int SHORTEST_TCP_HEADER = 20;
  private static final int IP_PROTOCOL = 9;
  private static final int IP_SOURCE = 12;
  private static final int IP_DESTINATION = 16;
  private static final int TCP = 6;
  private static final int TCP_FLAGS = 13;
  private static final int SYN = 0x02;
  private static final int ACK = 0x10;

  /** Addresses, ports and flags. */
  record Segment(
      InetAddress source, int sourcePort, InetAddress destination, int destinationPort, int flags) {

    /** Returns whether this opens a connection. */
    boolean opens() {
      return (flags & (SYN | ACK)) == SYN;
    }

    /** Returns whether this accepts a connection. */
    boolean accepts() {
      return (flags & (SYN | ACK)) == (SYN | ACK);
    }
  }

  /** Reads a frame, or returns empty if it is anything else than TCP in IPv4. */
  static Optional<SeenFrame> of(String place, boolean outgoing, byte[] frame) {
    if (frame.length < ETHERNET_HEADER + SHORTEST_IP_HEADER + SHORTEST_TCP_HEADER) {
      return Optional.empty();
    }
    ByteBuffer bytes = ByteBuffer.wrap(frame);
    int tcp = ETHERNET_HEADER + (bytes.get(ETHERNET_HEADER) & 0x0f) * 4;
    boolean isTcp =
        Short.toUnsignedInt(bytes.getShort(ETHER_TYPE)) == IPV4
            && bytes.get(ETHERNET_HEADER + IP_PROTOCOL) == TCP
            && frame.length >= tcp + SHORTEST_TCP_HEADER;
    if (!isTcp) {
      return Optional.empty();
    }
    var segment =
        new Segment(
            address(frame, ETHERNET_HEADER + IP_SOURCE),
            Short.toUnsignedInt(bytes.getShort(tcp)),
            address(frame, ETHERNET_HEADER + IP_DESTINATION),
            Short.toUnsignedInt(bytes.getShort(tcp + 2)),
            Byte.toUnsignedInt(bytes.get(tcp + TCP_FLAGS)));
    return Optional.of(
        new SeenFrame(
            place,
            outgoing,
            MacAddress.of(Arrays.copyOfRange(frame, 6, 12)),
            MacAddress.of(Arrays.copyOfRange(frame, 0, 6)),
            segment));
  }

  private static InetAddress address(byte[] frame, int offset) {
    try {
      return InetAddress.getByAddress(Arrays.copyOfRange(frame, offset, offset + 4));
    } catch (UnknownHostException e) {
      throw new AssertionError("four octets are an address", e);
    }
  }
}
