package io.dsr.server.command;

import io.dsr.core.frame.FrameBuilder;
import io.dsr.server.control.ControlException;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The smallest frame of a client: Ethernet II (the addresses locally administered and of nobody),
 * IPv4 (RFC 791) or IPv6 (RFC 8200), and TCP (RFC 9293) or UDP (RFC 768) without data.
 */
final class ProbeFrame {

  private static final long TO = 0x0200_5e00_0002L;
  private static final long FROM = 0x0200_5e00_0001L;
  private static final int DO_NOT_FRAGMENT = 0x4000;
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
    return frame(
        client, vip, FrameBuilder.payload().tcp(client.getPort(), vip.getPort(), flags, 1, 0));
  }

  /** Returns a frame of UDP. */
  static byte[] udp(InetSocketAddress client, InetSocketAddress vip) throws ControlException {
    return frame(client, vip, FrameBuilder.payload().udp(client.getPort(), vip.getPort()));
  }

  /** Reads TCP flags as {@code syn} or {@code fin,ack}. */
  static int flags(String text) throws ControlException {
    int flags = 0;
    for (String name : text.toLowerCase(Locale.ROOT).split(",", -1)) {
      flags |=
          Optional.ofNullable(FLAGS.get(name.strip()))
              .orElseThrow(() ->
                  ControlException.usage(
                      "--flags",
                      text,
                      "a comma-separated list of fin, syn, rst, psh, ack, urg, ece, cwr"));
    }
    return flags;
  }

  private static byte[] frame(
      InetSocketAddress client, InetSocketAddress vip, FrameBuilder transport)
      throws ControlException {
    boolean ipv6 = vip.getAddress() instanceof Inet6Address;
    if (ipv6 != client.getAddress() instanceof Inet6Address) {
      throw ControlException.usage(
          "client and VIP have different address families (expected: both IPv4 or both IPv6)");
    }
    FrameBuilder packet = transport.ip(client.getAddress(), vip.getAddress());
    return (ipv6 ? packet : packet.fragment(DO_NOT_FRAGMENT)).ethernet(TO, FROM).bytes();
  }
}
