package io.dsr.linux.packet;

import io.dsr.core.frame.FrameBuilder;
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

  private static final String VIP = "192.0.2.10";
  private static final String VIP6 = "2001:db8::10";

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
    return buffer(ipv4(FrameBuilder.payload(new byte[payload]), source, words, protocol));
  }

  /** Returns a message of ICMP that quotes a packet to {@code client}. */
  static ByteBuffer ipv4Error(String router, int words, int type, String client) {
    FrameBuilder quoted = FrameBuilder.payload(new byte[8]).ipv4(VIP, client, 0);
    return buffer(ipv4(quoted.icmp(type, 0, 0), router, words, 1));
  }

  private static FrameBuilder ipv4(FrameBuilder data, String source, int words, int protocol) {
    return data.ipv4(source, VIP, protocol, 0, new byte[4 * (words - 5)]);
  }

  static ByteBuffer ipv6(String source, int nextHeader, int payload) {
    return buffer(FrameBuilder.payload(new byte[payload]).ipv6(source, VIP6, nextHeader));
  }

  static ByteBuffer ipv6Error(String router, int type, String client) {
    FrameBuilder quoted = FrameBuilder.payload(new byte[8]).ipv6(VIP6, client, 0);
    return buffer(quoted.icmpv6(type, 0, 0).ipv6(router, VIP6, 58));
  }

  /** Returns what follows the EtherType of a tag in front of {@code packet}. */
  static ByteBuffer tagged(ByteBuffer packet, int type) {
    return buffer(FrameBuilder.payload(bytes(packet)).vlan(100, type));
  }

  private static ByteBuffer buffer(FrameBuilder packet) {
    return ByteBuffer.wrap(packet.bytes());
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
