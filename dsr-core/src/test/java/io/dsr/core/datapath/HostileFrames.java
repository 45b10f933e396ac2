package io.dsr.core.datapath;

import static io.dsr.core.datapath.ClientFrames.ACK;
import static io.dsr.core.datapath.ClientFrames.CLIENT;
import static io.dsr.core.datapath.ClientFrames.CLIENT6;
import static io.dsr.core.datapath.ClientFrames.FIN;
import static io.dsr.core.datapath.ClientFrames.OWN;
import static io.dsr.core.datapath.ClientFrames.ROUTER;
import static io.dsr.core.datapath.ClientFrames.RST;
import static io.dsr.core.datapath.ClientFrames.SYN;
import static io.dsr.core.datapath.ClientFrames.VIP;
import static io.dsr.core.datapath.ClientFrames.VIP6;
import static io.dsr.core.datapath.ClientFrames.echo;
import static io.dsr.core.datapath.ClientFrames.isIpv6;
import static io.dsr.core.datapath.ClientFrames.link;
import static io.dsr.core.datapath.ClientFrames.packet;
import static io.dsr.core.datapath.ClientFrames.tcp;
import static io.dsr.core.datapath.ClientFrames.tooBig;
import static io.dsr.core.datapath.ClientFrames.udp;

import io.dsr.core.frame.FrameBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** FrameBuilder that are right, and what becomes of them at random: one at a time, from a seed. */
final class HostileFrames {

  static final int LONGEST = 256;
  static final int PERSISTENT_PORT = 25;
  static final int PORT_WITHOUT_SERVER = 54;
  static final int PORT_WITHOUT_MAC = 55;

  static final List<byte[]> BASES = bases();

  private static final int CLIENT_PORTS = 400;
  private static final int[] INTERESTING = {0, 1, 4, 5, 6, 7, 17, 20, 40, 44, 51, 60, 64, 127, 255};

  private final SplittableRandom random;
  private final byte[] bytes = new byte[LONGEST];
  private int length;

  HostileFrames(long seed) {
    this.random = new SplittableRandom(seed);
  }

  /** Returns the bytes of the frame, and more behind. */
  byte[] bytes() {
    return bytes;
  }

  /** Makes the next frame, and returns its length. */
  int next() {
    byte[] base = BASES.get(random.nextInt(BASES.size()));
    length = base.length;
    System.arraycopy(base, 0, bytes, 0, length);
    if (random.nextInt(16) == 0) {
      scramble();
    }
    if (random.nextInt(2) == 0) {
      otherClientPort();
    }
    for (int left = random.nextInt(5); left > 0 && length > 0; left--) {
      mutate();
    }
    return length;
  }

  private void mutate() {
    int at = random.nextInt(length);
    switch (random.nextInt(9)) {
      case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
      case 1 -> bytes[at] = (byte) random.nextInt();
      case 2 -> bytes[at] = (byte) INTERESTING[random.nextInt(INTERESTING.length)];
      case 3 -> length = at;
      case 4 -> wrongLength();
      case 5 -> insert(12, 4, 0x81000000 | random.nextInt(0x10000));
      case 6 -> insert(at, 4, random.nextInt());
      case 7 -> splice(at);
      default -> lengthen();
    }
  }

  /** Leaves nothing but a type, so that the header behind is read. */
  private void scramble() {
    length = random.nextInt(LONGEST + 1);
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) random.nextInt();
    }
    if (length > 14 && random.nextBoolean()) {
      boolean wide = random.nextBoolean();
      bytes[12] = (byte) (wide ? 0x86 : 0x08);
      bytes[13] = (byte) (wide ? 0xdd : 0x00);
      bytes[14] = (byte) (wide ? 0x60 : 0x45);
    }
  }

  private void otherClientPort() {
    int at = bytes[12] == 8 ? 34 : 54;
    if (at + 2 <= length) {
      int port = random.nextInt(CLIENT_PORTS);
      bytes[at] = (byte) (port >> 8);
      bytes[at + 1] = (byte) port;
    }
  }

  private void wrongLength() {
    int[] fields = {16, 18, 38, 46, 20, 14};
    int at = fields[random.nextInt(fields.length)];
    if (at + 2 <= length) {
      int value = random.nextBoolean() ? random.nextInt(0x10000) : length - random.nextInt(40);
      bytes[at] = (byte) (value >> 8);
      bytes[at + 1] = (byte) value;
    }
  }

  private void insert(int at, int count, int value) {
    if (at > length || length + count > LONGEST) {
      return;
    }
    System.arraycopy(bytes, at, bytes, at + count, length - at);
    for (int i = 0; i < count; i++) {
      bytes[at + i] = (byte) (value >> (24 - 8 * i));
    }
    length += count;
  }

  private void splice(int at) {
    byte[] other = BASES.get(random.nextInt(BASES.size()));
    int from = random.nextInt(other.length);
    int count = Math.min(other.length - from, LONGEST - at);
    System.arraycopy(other, from, bytes, at, count);
    length = Math.max(length, at + count);
  }

  private void lengthen() {
    int longer = Math.min(LONGEST, length + random.nextInt(64));
    while (length < longer) {
      bytes[length++] = (byte) random.nextInt();
    }
  }

  private static List<byte[]> bases() {
    var bases = new ArrayList<FrameBuilder>();
    for (String client : List.of(CLIENT, CLIENT6)) {
      for (int flags : new int[] {SYN, ACK, FIN | ACK, RST, SYN | ACK, 0}) {
        bases.add(tcp(client, 40_000, flags));
      }
      bases.add(tcp(client, 40_000, SYN).set(0, 1));
      bases.add(segment(client, PERSISTENT_PORT));
      bases.add(segment(client, 81));
      bases.add(udp(client, 40_000));
      bases.add(datagram(client, PORT_WITHOUT_SERVER));
      bases.add(datagram(client, PORT_WITHOUT_MAC));
      bases.add(echo(client));
      bases.add(tooBig(client, 40_000));
      bases.add(loop(client));
      bases.add(tagged(client));
      bases.add(link(packet(client, FrameBuilder.text("abc"), 132), client));
    }
    addIpv4(bases);
    addIpv6(bases);
    bases.add(FrameBuilder.arp(1, ROUTER, "192.0.2.1", 0, VIP).ethernet(-1, ROUTER, 0x0806));
    return bases.stream().map(FrameBuilder::bytes).toList();
  }

  private static void addIpv4(List<FrameBuilder> bases) {
    byte[] options = {7, 39, 4, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    FrameBuilder optional =
        FrameBuilder.text("x").tcp(1, 80, SYN, 1, 2, new byte[] {2, 4, 5, 1, 1, 1, 1, 0});
    bases.add(link(optional.ipv4(CLIENT, VIP, 6, 0, options), CLIENT));
    bases.add(link(FrameBuilder.text("01234567").ipv4(CLIENT, VIP, 6, 0x2000, options), CLIENT));
    bases.add(link(FrameBuilder.text("01234567").ipv4(CLIENT, VIP, 17, 100, new byte[0]), CLIENT));
    bases.add(link(FrameBuilder.text("").icmp(13, 0, 0).ipv4(CLIENT, VIP, 1), CLIENT));
    FrameBuilder quoted = FrameBuilder.text("").udp(53, 40_000).ipv4(VIP, CLIENT, 17, 0, options);
    bases.add(tooBig(quoted, CLIENT));
    bases.add(link(FrameBuilder.text("").udp(1, 2).ipv4(CLIENT, "192.0.2.99", 17), CLIENT));
  }

  private static void addIpv6(List<FrameBuilder> bases) {
    FrameBuilder chain = FrameBuilder.text("").tcp(40_000, 80, SYN, 1, 2).fragment(6, 0, false);
    FrameBuilder whole = chain.authentication(44, 4).extension(51, 2).extension(60, 1);
    bases.add(link(whole.ipv6(CLIENT6, VIP6, 0), CLIENT6));
    FrameBuilder first = FrameBuilder.text("").tcp(40_000, 80, SYN, 1, 2).fragment(6, 0, true);
    bases.add(link(first.ipv6(CLIENT6, VIP6, 44), CLIENT6));
    bases.add(
        link(FrameBuilder.text("").extension(6, 1).ipv6(CLIENT6, VIP6, 60).set(41, 9), CLIENT6));
    FrameBuilder quoted = FrameBuilder.text("").tcp(80, 40_000, ACK, 1, 2).extension(6, 1);
    bases.add(tooBig(quoted.ipv6(VIP6, CLIENT6, 60), CLIENT6));
    FrameBuilder neighbour = FrameBuilder.neighbour(135, 0, VIP6, 1, ROUTER);
    bases.add(link(neighbour.ipv6(CLIENT6, VIP6, 58, 255), CLIENT6));
    bases.add(link(FrameBuilder.text("").icmpv6(129, 0, 0).ipv6(CLIENT6, VIP6, 58), CLIENT6));
  }

  private static FrameBuilder segment(String client, int port) {
    return link(packet(client, FrameBuilder.text("").tcp(40_000, port, SYN, 1, 2), 6), client);
  }

  private static FrameBuilder datagram(String client, int port) {
    return link(packet(client, FrameBuilder.text("query").udp(40_000, port), 17), client);
  }

  private static FrameBuilder loop(String client) {
    String server = isIpv6(client) ? "2001:db8::23" : "192.0.2.23";
    int type = isIpv6(client) ? 0x86dd : 0x0800;
    FrameBuilder query = packet(client, FrameBuilder.text("query").udp(5, 53), 17);
    return query.ethernet(OWN, DirectorSetup.mac(server), type);
  }

  private static FrameBuilder tagged(String client) {
    FrameBuilder inner = packet(client, FrameBuilder.text("query").udp(5, 53), 17);
    int type = isIpv6(client) ? 0x86dd : 0x0800;
    return inner.vlan(100, type).vlan(200, 0x8100).ethernet(OWN, ROUTER, 0x88a8);
  }
}
