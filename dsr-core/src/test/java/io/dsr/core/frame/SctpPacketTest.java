package io.dsr.core.frame;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SctpPacketTest {

  /** COOKIE ECHO of five bytes with its padding, then DATA of three bytes without. */
  private static final String BUNDLE =
      """
      fffe 1f90 89abcdef c0dec0de
      0a 00 0009 6162636465 000000
      00 03 0007 666768
      """;

  private final SctpPacket packet = new SctpPacket();

  @Test
  void readsACommonHeaderAndItsChunks() {
    assertThat(packet.wrap(FrameBuilder.hex(BUNDLE).buffer(), 0, 31)).isTrue();

    assertThat(packet.sourcePort()).isEqualTo(0xfffe);
    assertThat(packet.destinationPort()).isEqualTo(8080);
    assertThat(packet.verificationTag()).isEqualTo(0x89abcdef);
    assertThat(packet.checksum()).isEqualTo(0xc0dec0de);
    assertThat(packet.firstChunkType()).isEqualTo(SctpChunk.COOKIE_ECHO);
    assertThat(packet.decisiveChunkType()).isEqualTo(SctpChunk.COOKIE_ECHO);
    assertThat(packet.chunkTypes()).isEqualTo(1 << 10 | 1);
  }

  @Test
  void readsFromTheMiddleOfAFrame() {
    ByteBuf frame = FrameBuilder.hex("ffffff" + BUNDLE + "06 00 0004").buffer();

    assertThat(packet.wrap(frame, 3, 31)).isTrue();
    assertThat(packet.destinationPort()).isEqualTo(8080);
    assertThat(packet.chunkTypes()).isEqualTo(1 << 10 | 1);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 11, 12, 15, 16, 20})
  void refusesAFirstChunkThatDoesNotFit(int length) {
    assertThat(packet.wrap(FrameBuilder.hex(BUNDLE).buffer(), 0, length)).isFalse();
  }

  @Test
  void takesAChunkWithoutItsPadding() {
    assertThat(packet.wrap(FrameBuilder.hex(BUNDLE).buffer(), 0, 21)).isTrue();
    assertThat(packet.chunkTypes()).isEqualTo(1 << 10);
    assertThat(packet.decisiveChunkType()).isEqualTo(SctpChunk.COOKIE_ECHO);
  }

  @ParameterizedTest
  @CsvSource({"0, false", "3, false", "4, true", "5, false"})
  void refusesAChunkShorterThanItsHeaderOrLongerThanThePacket(int length, boolean taken) {
    ByteBuf frame = FrameBuilder.text("").chunk(1, "").sctp(1, 2, 0).set(15, length).buffer();

    assertThat(packet.wrap(frame, 0, 16)).isEqualTo(taken);
  }

  @Test
  void stopsAtALaterChunkThatDoesNotFit() {
    FrameBuilder frames =
        FrameBuilder.text("").chunk(6, "").chunk(3, "").chunk(0, "abcd").sctp(1, 2, 3);
    assertThat(packet.wrap(frames.buffer(), 0, 28)).isTrue();
    assertThat(packet.chunkTypes()).isEqualTo(1 | 1 << 3 | 1 << 6);

    assertThat(packet.wrap(frames.buffer(), 0, 27)).isTrue();
    assertThat(packet.chunkTypes()).isEqualTo(1 | 1 << 3);
    assertThat(packet.wrap(frames.set(23, 0).buffer(), 0, 28)).isTrue();
    assertThat(packet.chunkTypes()).isEqualTo(1);
  }

  @Test
  void looksAtThirtyTwoChunks() {
    FrameBuilder frames = FrameBuilder.text("").chunk(6, "");
    for (int count = 0; count < 31; count++) {
      frames.chunk(0, "");
    }
    assertThat(packet.wrap(frames.sctp(1, 2, 3).buffer(), 0, 12 + 128)).isTrue();
    assertThat(packet.chunkTypes()).isEqualTo(1 | 1 << 6);

    frames = FrameBuilder.text("").chunk(6, "");
    for (int count = 0; count < 32; count++) {
      frames.chunk(0, "");
    }
    assertThat(packet.wrap(frames.sctp(1, 2, 3).buffer(), 0, 12 + 132)).isTrue();
    assertThat(packet.chunkTypes()).isEqualTo(1);
  }

  @Test
  void leavesOutTypesThatHaveNoBit() {
    FrameBuilder frames =
        FrameBuilder.text("").chunk(31, "").chunk(192, "").chunk(32, "").chunk(15, "");
    assertThat(packet.wrap(frames.sctp(1, 2, 3).buffer(), 0, 28)).isTrue();

    assertThat(packet.chunkTypes()).isEqualTo(1 << 31 | 1 << 15);
    assertThat(SctpChunk.bit(255)).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "10, 6, 6", // an abort behind a cookie
    "11, 6, 6",
    "10, 0, 10", // data behind a cookie
    "11, 3, 11",
    "3, 6, 3", // the kernel looks behind cookies alone
    "0, 6, 0",
    "1, 6, 1"
  })
  void picksTheChunkThatDecides(int first, int second, int decisive) {
    ByteBuf frame =
        FrameBuilder.text("").chunk(second, "").chunk(first, "abc").sctp(1, 2, 3).buffer();
    assertThat(packet.wrap(frame, 0, 24)).isTrue();

    assertThat(packet.decisiveChunkType()).isEqualTo(decisive);
  }

  @Test
  void doesNotLetAnAbortDecideThatDoesNotFit() {
    FrameBuilder frames = FrameBuilder.text("").chunk(6, "").chunk(10, "abcd").sctp(1, 2, 3);
    assertThat(packet.wrap(frames.buffer(), 0, 23)).isTrue();
    assertThat(packet.decisiveChunkType()).isEqualTo(SctpChunk.COOKIE_ECHO);

    assertThat(packet.wrap(frames.set(23, 5).buffer(), 0, 24)).isTrue();
    assertThat(packet.decisiveChunkType()).isEqualTo(SctpChunk.COOKIE_ECHO);
  }

  @Test
  void readsAFirstFragmentWhoseChunkGoesOnInAnother() {
    ByteBuf frame = FrameBuilder.text("abcdefgh").chunk(0, "abcdefghi").sctp(7, 8, 9).buffer();
    assertThat(packet.wrap(frame, 0, 16)).isFalse();
    assertThat(packet.wrapFirstFragment(frame, 0, 15)).isFalse();
    assertThat(packet.wrapFirstFragment(frame, 0, 16)).isTrue();

    assertThat(packet.sourcePort()).isEqualTo(7);
    assertThat(packet.destinationPort()).isEqualTo(8);
    assertThat(packet.firstChunkType()).isEqualTo(SctpChunk.DATA);
    assertThat(packet.chunkTypes()).isEqualTo(1);
  }
}
