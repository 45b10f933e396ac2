package io.dsr.linux.packet;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.SplittableRandom;

/** Packets as a fanout program sees them: from behind the Ethernet header on. */
final class FanoutFrames {

  private static final int[] PROTOCOLS = {0x0800, 0x86dd, 0x8100, 0x88a8, 0x0806, 0x88cc};
  private static final int[] IPV4_PROTOCOLS = {1, 6, 17, 132};
  private static final int[] IPV6_PROTOCOLS = {58, 6, 17, 44, 0, 43, 60};
  private static final int[] ICMP_TYPES = {3, 4, 5, 8, 11, 12, 13};
  private static final int[] ICMPV6_TYPES = {1, 2, 127, 128, 129, 132, 133, 135, 136, 137, 138};

  private FanoutFrames() {}

  /** What the kernel knows of a frame. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Sample(int packetType, int protocol, byte[] bytes) {

    @Override
    public String toString() {
      return "type %d, 0x%04x, %s".formatted(packetType, protocol, HexFormat.of().formatHex(bytes));
    }
  }

  /** Returns an IPv4 packet with a header of {@code words} words. */
  static ByteBuffer ipv4(String source, int words, int protocol, int payload) {
    return ByteBuffer.allocate(4 * words + payload)
        .put(0, (byte) (0x40 | words))
        .put(9, (byte) protocol)
        .put(12, InetAddress.ofLiteral(source).getAddress());
  }

  /** Returns a message of ICMP that quotes a packet to {@code client}. */
  static ByteBuffer ipv4Error(String router, int words, int type, String client) {
    int message = 4 * words;
    return ipv4(router, words, 1, 8 + 20 + 8)
        .put(message, (byte) type)
        .put(message + 8, (byte) 0x45)
        .put(message + 8 + 16, InetAddress.ofLiteral(client).getAddress());
  }

  static ByteBuffer ipv6(String source, int nextHeader, int payload) {
    return ByteBuffer.allocate(40 + payload)
        .put(0, (byte) 0x60)
        .put(6, (byte) nextHeader)
        .put(8, InetAddress.ofLiteral(source).getAddress());
  }

  static ByteBuffer ipv6Error(String router, int type, String client) {
    return ipv6(router, 58, 8 + 40 + 8)
        .put(40, (byte) type)
        .put(48, (byte) 0x60)
        .put(48 + 24, InetAddress.ofLiteral(client).getAddress());
  }

  /** Returns what follows the EtherType of a tag in front of {@code packet}. */
  static ByteBuffer tagged(ByteBuffer packet, int type) {
    return ByteBuffer.allocate(4 + packet.capacity())
        .putShort(0, (short) 100)
        .putShort(2, (short) type)
        .put(4, packet, 0, packet.capacity());
  }

  static byte[] bytes(ByteBuffer packet) {
    byte[] bytes = new byte[packet.capacity()];
    packet.get(0, bytes);
    return bytes;
  }

  /** Returns a frame of any kind, often well-formed, sometimes cut off or of random bytes. */
  static Sample random(SplittableRandom random) {
    byte[] bytes = new byte[random.nextInt(0, 160)];
    random.nextBytes(bytes);
    int protocol = anyOf(random, PROTOCOLS);
    boolean tagged = (protocol == 0x8100 || protocol == 0x88a8) && bytes.length >= 4;
    int start = 0;
    int type = protocol;
    if (tagged) {
      type = random.nextInt(8) == 0 ? 0x8100 : random.nextBoolean() ? 0x0800 : 0x86dd;
      ByteBuffer.wrap(bytes).putShort(2, (short) type);
      start = 4;
    }
    if (random.nextInt(10) != 0) {
      form(random, bytes, start, type);
    }
    int length = random.nextInt(5) == 0 ? random.nextInt(bytes.length + 1) : bytes.length;
    int packetType = random.nextInt(8) == 0 ? 4 : random.nextInt(4);
    return new Sample(packetType, protocol, Arrays.copyOf(bytes, length));
  }

  private static void form(SplittableRandom random, byte[] bytes, int start, int type) {
    if (type == 0x0800) {
      int words = random.nextInt(5, 16);
      set(bytes, start, 0x40 | words);
      set(bytes, start + 6, anyOf(random, new int[] {0, 0x40, 0x20, 0x3f}));
      set(bytes, start + 7, random.nextInt(4) == 0 ? random.nextInt(256) : 0);
      set(bytes, start + 9, anyOf(random, IPV4_PROTOCOLS));
      set(bytes, start + 4 * words, anyOf(random, ICMP_TYPES));
    } else if (type == 0x86dd) {
      set(bytes, start, 0x60);
      set(bytes, start + 6, anyOf(random, IPV6_PROTOCOLS));
      set(bytes, start + 40, anyOf(random, ICMPV6_TYPES));
    }
  }

  private static int anyOf(SplittableRandom random, int[] values) {
    return values[random.nextInt(values.length)];
  }

  private static void set(byte[] bytes, int index, int value) {
    if (index < bytes.length) {
      bytes[index] = (byte) value;
    }
  }
}
