package io.dsr.core;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class HashKeyTest {

  private static final long SEED = 0x5eed_0005L;

  /** The key of the published vectors, 00 01 .. 0f. */
  private static final HashKey COUNTING = new HashKey(word(0), word(8));

  @Test
  void makesThePublishedHashesOfWholeWords() {
    assertThat(COUNTING.hash(word(0))).isEqualTo(littleEndian("6224939a79f5f593"));
    assertThat(COUNTING.hash(word(0), word(8))).isEqualTo(littleEndian("db9bc2577fcc2a3f"));
    assertThat(COUNTING.hash(word(0), word(8), word(16)))
        .isEqualTo(littleEndian("94af49f6c650adb8"));
  }

  /** Vectors of the function's authors: the reference below is right, then. */
  @ParameterizedTest
  @CsvSource({
    "0, 310e0edd47db6f72",
    "1, fd67dc93c539f874",
    "7, 37d1018bf50002ab",
    "8, 6224939a79f5f593",
    "15, e545be4961ca29a1",
    "16, db9bc2577fcc2a3f",
    "24, 94af49f6c650adb8",
    "63, 724506eb4c328a95"
  })
  void hasARightReference(int length, String hash) {
    assertThat(reference(COUNTING, 2, 4, counting(length))).isEqualTo(littleEndian(hash));
  }

  @Test
  void agreesWithTheReferenceOnAnyWordsAndKeys() {
    var random = new Random(SEED);
    for (int run = 0; run < 500; run++) {
      var key = new HashKey(random.nextLong(), random.nextLong());
      long[] w = random.longs(5).toArray();

      assertThat(
              new long[] {
                key.hash(w[0]),
                key.hash(w[0], w[1]),
                key.hash(w[0], w[1], w[2]),
                key.hash(w[0], w[1], w[2], w[3], w[4]),
                key.quickHash(w[0], w[1]),
                key.quickHash(w[0], w[1], w[2], w[3], w[4])
              })
          .as("seed %d, run %d", SEED, run)
          .containsExactly(
              reference(key, 2, 4, bytes(w, 1)),
              reference(key, 2, 4, bytes(w, 2)),
              reference(key, 2, 4, bytes(w, 3)),
              reference(key, 2, 4, bytes(w, 5)),
              reference(key, 1, 3, bytes(w, 2)),
              reference(key, 1, 3, bytes(w, 5)));
    }
  }

  @Test
  void placesUnderTheDocumentedKey() {
    ByteBuffer key = ByteBuffer.wrap("dsr placement k1".getBytes(US_ASCII));

    assertThat(HashKey.PLACEMENT)
        .isEqualTo(
            new HashKey(
                key.order(ByteOrder.LITTLE_ENDIAN).getLong(0),
                key.order(ByteOrder.LITTLE_ENDIAN).getLong(8)));
  }

  @Test
  void drawsAnotherRandomKeyEachTime() {
    assertThat(HashKey.random()).isNotEqualTo(HashKey.random());
  }

  @Test
  void hidesTheKeyInText() {
    assertThat(HashKey.PLACEMENT).hasToString("HashKey[PLACEMENT]");
    assertThat(new HashKey(0x1234_5678, 42)).hasToString("HashKey[...]");
  }

  /** SipHash by its definition, byte for byte, of an array of any length. */
  private static long reference(HashKey key, int compressions, int finals, byte[] message) {
    long[] v = {
      key.k0() ^ 0x736f6d6570736575L,
      key.k1() ^ 0x646f72616e646f6dL,
      key.k0() ^ 0x6c7967656e657261L,
      key.k1() ^ 0x7465646279746573L
    };
    byte[] padded = new byte[message.length / 8 * 8 + 8];
    System.arraycopy(message, 0, padded, 0, message.length);
    padded[padded.length - 1] = (byte) message.length;
    for (int at = 0; at < padded.length; at += 8) {
      long block = ByteBuffer.wrap(padded).order(ByteOrder.LITTLE_ENDIAN).getLong(at);
      v[3] ^= block;
      rounds(v, compressions);
      v[0] ^= block;
    }
    v[2] ^= 0xff;
    rounds(v, finals);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
  }

  private static void rounds(long[] v, int count) {
    for (int round = 0; round < count; round++) {
      half(v, 0, 1, 13);
      half(v, 2, 3, 16);
      v[0] = Long.rotateLeft(v[0], 32);
      half(v, 2, 1, 17);
      half(v, 0, 3, 21);
      v[2] = Long.rotateLeft(v[2], 32);
    }
  }

  private static void half(long[] v, int a, int b, int distance) {
    v[a] += v[b];
    v[b] = Long.rotateLeft(v[b], distance) ^ v[a];
  }

  private static byte[] counting(int length) {
    byte[] bytes = new byte[length];
    for (int at = 0; at < length; at++) {
      bytes[at] = (byte) at;
    }
    return bytes;
  }

  private static byte[] bytes(long[] words, int count) {
    ByteBuffer bytes = ByteBuffer.allocate(8 * count).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = 0; at < count; at++) {
      bytes.putLong(words[at]);
    }
    return bytes.array();
  }

  private static long word(int first) {
    return ByteBuffer.wrap(counting(first + 8)).order(ByteOrder.LITTLE_ENDIAN).getLong(first);
  }

  private static long littleEndian(String hex) {
    return Long.reverseBytes(HexFormat.fromHexDigitsToLong(hex));
  }
}
