package io.dsr.core.datapath;

import static io.dsr.core.datapath.ClientFrames.OWN;
import static io.dsr.core.datapath.ClientFrames.ROUTER;
import static io.dsr.core.datapath.ClientFrames.VIP;
import static io.dsr.core.datapath.ClientFrames.VIP6;
import static io.dsr.core.datapath.ClientFrames.isIpv6;
import static io.dsr.core.datapath.ClientFrames.packet;

import io.dsr.core.frame.FrameBuilder;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * FrameBuilder of all kinds at random, from few clients to few ports, so that flows meet again what
 * is remembered of them: a third is hostile, the others are right.
 */
final class MixedFrames {

  /** A client that the services serve only in part. */
  static final String DENIED = "198.51.100.66";

  /** A client that is pinned to a server. */
  static final String PINNED = "198.51.100.77";

  static final List<String> CLIENTS =
      List.of(
          "198.51.100.7",
          "198.51.100.8",
          "198.51.101.9",
          "203.0.113.20",
          DENIED,
          PINNED,
          "2001:db8:ffff::7",
          "2001:db8:ffff:1::8");

  static final List<Integer> TCP_PORTS = List.of(80, 80, 80, 25, 25, 81, 81, 81, 82, 83, 84, 9);

  private static final int[] UDP_PORTS = {53, 54, 55, 123, 9};
  private static final int[] FLAGS = {2, 2, 2, 2, 16, 16, 16, 16, 16, 17, 4, 4, 18, 24, 0};
  private static final int[] CHUNKS = {1, 10, 11, 0, 3, 6, 14, 7};
  private static final int FEW_PORTS = 5;
  private static final int MANY_PORTS = 200;

  private final SplittableRandom random;
  private final HostileFrames hostile;

  MixedFrames(long seed) {
    this.random = new SplittableRandom(seed);
    this.hostile = new HostileFrames(random.nextLong());
  }

  /** Returns the next frame. */
  byte[] next() {
    if (random.nextInt(3) == 0) {
      int length = hostile.next();
      return Arrays.copyOf(hostile.bytes(), length);
    }
    String client = CLIENTS.get(random.nextInt(random.nextBoolean() ? 2 : CLIENTS.size()));
    FrameBuilder packet =
        switch (random.nextInt(20)) {
          case 0, 1 -> error(client);
          case 2, 3, 4 -> datagram(client);
          case 5, 6 -> association(client);
          case 7, 8 -> fragment(client);
          case 9 -> packet(client, FrameBuilder.text("tunnel"), 47);
          default -> segment(client);
        };
    return link(packet, isIpv6(client) ? 0x86dd : 0x0800);
  }

  private FrameBuilder link(FrameBuilder packet, int type, long source) {
    if (random.nextInt(8) == 0) {
      return packet.vlan(random.nextInt(0x10000), type).ethernet(OWN, source, 0x8100);
    }
    return packet.ethernet(OWN, source, type);
  }

  private byte[] link(FrameBuilder packet, int type) {
    long source =
        switch (random.nextInt(40)) {
          case 0 -> OWN;
          case 1 -> DirectorSetup.mac("192.0.2.2" + (1 + random.nextInt(6)));
          case 2, 3 -> ROUTER + 1 + random.nextInt(20);
          default -> ROUTER;
        };
    return link(packet, type, source).bytes();
  }

  private int clientPort() {
    return 40_000 + random.nextInt(random.nextInt(3) == 0 ? MANY_PORTS : FEW_PORTS);
  }

  private FrameBuilder segment(String client) {
    int port = TCP_PORTS.get(random.nextInt(TCP_PORTS.size()));
    int flags = FLAGS[random.nextInt(FLAGS.length)];
    int sequence = random.nextInt(4) * 100;
    FrameBuilder segment =
        FrameBuilder.text("abc").tcp(clientPort(), port, flags, sequence, sequence + 7);
    return packet(client, segment, 6);
  }

  private FrameBuilder datagram(String client) {
    int port = UDP_PORTS[random.nextInt(UDP_PORTS.length)];
    return packet(client, FrameBuilder.text("query").udp(clientPort(), port), 17);
  }

  private FrameBuilder association(String client) {
    int chunk = CHUNKS[random.nextInt(CHUNKS.length)];
    FrameBuilder packet =
        FrameBuilder.text("").chunk(chunk, "sixteen octets..").sctp(clientPort(), 3868, 7);
    return packet(client, packet, 132);
  }

  private FrameBuilder error(String client) {
    int port = TCP_PORTS.get(random.nextInt(TCP_PORTS.size()));
    FrameBuilder segment = FrameBuilder.text("much data").tcp(port, clientPort(), 16, 5, 6);
    return isIpv6(client)
        ? segment.ipv6(VIP6, client, 6).icmpv6(2, 0, 1280).ipv6("2001:db8:eeee::fe", VIP6, 58)
        : segment.ipv4(VIP, client, 6).icmp(3, 4, 1400).ipv4("203.0.113.254", VIP, 1);
  }

  private FrameBuilder fragment(String client) {
    int datagram = random.nextInt(5);
    boolean first = random.nextBoolean();
    boolean more = first || random.nextBoolean();
    int offset = first ? 0 : 4 + random.nextInt(3);
    FrameBuilder part =
        first
            ? FrameBuilder.text("a datagram that goes on..").udp(clientPort(), 53)
            : FrameBuilder.text("more of it");
    if (isIpv6(client)) {
      return packet(client, part.fragment(17, offset << 3, more), 44).set(40 + 7, datagram);
    }
    int field = (more ? 0x2000 : 0) | offset;
    return part.ipv4(client, VIP, 17, field, new byte[0]).set(5, datagram);
  }
}
