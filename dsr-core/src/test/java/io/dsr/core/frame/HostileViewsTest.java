package io.dsr.core.frame;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;

/**
 * No bytes make a view throw, move an index, or look at a byte that is not readable: each reading
 * is made twice, the second time with every byte around the readable ones inverted.
 */
final class HostileViewsTest {

  private static final int BEFORE = 7;
  private static final int BEHIND = 80;
  private static final int ROUNDS = 200_000;
  private static final int LONGEST = 140;
  private static final byte[] BLANK = new byte[0];

  private final ViewReadings readings = new ViewReadings();

  @Test
  void readsEveryTruncationOfEveryFrame() {
    for (FrameBuilder frame : frames()) {
      byte[] whole = frame.bytes();
      for (int length = 0; length <= whole.length; length++) {
        readTwice(Arrays.copyOf(whole, length), "length " + length);
      }
    }
  }

  @Test
  void readsEveryValueOfEveryByteOfEveryFrame() {
    for (FrameBuilder frame : frames()) {
      byte[] bytes = frame.bytes();
      for (int i = 0; i < bytes.length; i++) {
        byte right = bytes[i];
        for (int value = 0; value < 256; value++) {
          bytes[i] = (byte) value;
          readTwice(bytes, "byte " + i + " = " + value);
        }
        bytes[i] = right;
      }
    }
  }

  @Test
  void readsRandomBytes() {
    long seed = System.nanoTime();
    var random = new Random(seed);
    for (int round = 0; round < ROUNDS; round++) {
      byte[] bytes = new byte[random.nextInt(LONGEST)];
      random.nextBytes(bytes);
      if (bytes.length > 0 && random.nextBoolean()) {
        bytes[0] = (byte) (random.nextBoolean() ? 0x60 : 0x40 | (5 + random.nextInt(11)));
      }
      readTwice(bytes, "seed " + seed + " round " + round);
    }
  }

  /** Reads from a heap and from a direct buffer, with two kinds of bytes around. */
  private void readTwice(byte[] bytes, String what) {
    List<Object> first = read(bytes, 0x00, Unpooled::buffer, what);
    List<Object> second = read(bytes, 0xff, Unpooled::directBuffer, what);
    assertThat(second).as("%s, and what is around it", what).isEqualTo(first);
  }

  private List<Object> read(byte[] bytes, int around, IntFunction<ByteBuf> buffers, String what) {
    byte[] filler = new byte[BEHIND];
    Arrays.fill(filler, (byte) around);
    ByteBuf buffer = buffers.apply(BEFORE + bytes.length + BEHIND);
    try {
      buffer.writeBytes(filler, 0, BEFORE).writeBytes(bytes).writeBytes(filler);
      buffer.setIndex(BEFORE, BEFORE + bytes.length);
      List<Object> read = readings.of(buffer);
      assertThat(buffer.readerIndex()).as(what).isEqualTo(BEFORE);
      assertThat(buffer.writerIndex()).as(what).isEqualTo(BEFORE + bytes.length);
      return read;
    } catch (RuntimeException e) {
      throw new AssertionError(what + ": " + HexFormat.of().formatHex(bytes), e);
    } finally {
      buffer.release();
    }
  }

  /** Packets, each from its first byte: the readings lay every view over that. */
  private static List<FrameBuilder> frames() {
    var frames = new ArrayList<FrameBuilder>();
    FrameBuilder quoted4 =
        FrameBuilder.text("abcd").tcp(80, 5, 16, 1, 2).ipv4("192.0.2.1", "192.0.2.9", 6);
    FrameBuilder quoted6 =
        FrameBuilder.text("").udp(53, 5).extension(17, 1).ipv6("fe80::1", "fe80::2", 60);
    frames.add(
        FrameBuilder.text("abc").tcp(1, 2, 2, 3, 4, new byte[8]).ipv4("192.0.2.1", "192.0.2.2", 6));
    frames.add(
        FrameBuilder.text("abc").udp(1, 2).ipv4("192.0.2.1", "192.0.2.2", 17, 0, new byte[16]));
    frames.add(quoted4.icmp(3, 4, 1400).ipv4("192.0.2.9", "192.0.2.1", 1));
    frames.add(quoted6.icmpv6(2, 0, 1280).ipv6("fe80::9", "fe80::1", 58));
    frames.add(
        FrameBuilder.text("abc")
            .tcp(1, 2, 2, 3, 4)
            .fragment(6, 0, false)
            .authentication(44, 4)
            .extension(51, 1)
            .ipv6("fe80::1", "fe80::2", 0));
    frames.add(FrameBuilder.neighbour(135, 0, "fe80::2", 1, 5).ipv6("fe80::1", "fe80::2", 58, 255));
    frames.add(FrameBuilder.arp(1, 2, "192.0.2.1", 0, "192.0.2.2"));
    frames.add(FrameBuilder.text("x").vlan(5, 0x800).ethernet(1, 2, 0x8100));
    frames.add(FrameBuilder.neighbour(136, 0x60, "fe80::2", 2, 5));
    frames.add(FrameBuilder.text("abc").tcp(1, 2, 18, 3, 4, new byte[8]));
    frames.add(FrameBuilder.text("abc").udp(1, 2));
    frames.add(FrameBuilder.text("").chunk(0, "abcde").chunk(10, "cookie").sctp(1, 2, 3));
    frames.add(
        FrameBuilder.text("")
            .chunk(6, "")
            .chunk(11, "")
            .sctp(1, 2, 3)
            .ipv4("192.0.2.1", "192.0.2.2", 132));
    frames.add(FrameBuilder.payload(BLANK));
    return frames;
  }
}
