package io.dsr.core.scheduler;

import io.dsr.core.HashKey;

/**
 * {@link HashKey#quickHash(long, long)} of one word with each of many, a block at a time.
 *
 * <p>SipHash has no branches, so many hashes can be computed side by side in a processor's vectors.
 * C2 does that by itself to loops, but only to small ones: so each round of all hashes of a block
 * is a loop of its own, and the state stands between the rounds in one array, whose parts it can
 * see do not overlap. With few words the hashes are computed one by one. Belongs to one event loop.
 */
final class QuickHashes {

  /** How many words are hashed at a time: their state stays in the first-level cache. */
  static final int BLOCK = 256;

  private static final int FEW = 48;
  private static final int PARTS = 5;
  private static final long LENGTH = 2L << 59;
  private static final long FINALIZE = 0xff;

  private final HashKey key;
  private final long[] words;

  /**
   * The four words of the state, each of all lanes, and behind them the words to hash; the hashes
   * take the place of the first.
   */
  private final long[] state;

  /** Creates the hashes under {@code key} of pairs whose second word is one of {@code words}. */
  QuickHashes(HashKey key, long[] words) {
    this.key = key;
    this.words = words;
    this.state = new long[words.length < FEW ? words.length : PARTS * BLOCK];
  }

  /**
   * Hashes {@code first} with the words from {@code from} on, at most {@link #BLOCK}, and returns
   * the hashes, valid until the next call.
   */
  long[] of(long first, int from) {
    int count = Math.min(BLOCK, words.length - from);
    if (count < FEW) {
      for (int lane = 0; lane < count; lane++) {
        state[lane] = key.quickHash(first, words[from + lane]);
      }
    } else {
      begin(first, from, count);
      round(count, LENGTH, FINALIZE);
      round(count, 0, 0);
      round(count, 0, 0);
      end(count);
    }
    return state;
  }

  /** Takes in both words: the first alike for all, up to the last round. */
  private void begin(long first, int from, int count) {
    long v0 = key.k0() ^ 0x736f6d6570736575L;
    long v1 = key.k1() ^ 0x646f72616e646f6dL;
    long v2 = key.k0() ^ 0x6c7967656e657261L;
    long v3 = key.k1() ^ 0x7465646279746573L ^ first;
    v0 += v1;
    v1 = Long.rotateLeft(v1, 13) ^ v0;
    v0 = Long.rotateLeft(v0, 32);
    v2 += v3;
    v3 = Long.rotateLeft(v3, 16) ^ v2;
    v0 += v3;
    v3 = Long.rotateLeft(v3, 21) ^ v0;
    v2 += v1;
    v1 = Long.rotateLeft(v1, 17) ^ v2;
    v2 = Long.rotateLeft(v2, 32);
    takeIn(from, count, v0 ^ first, v1, v2, v3);
  }

  private void takeIn(int from, int count, long a0, long a1, long a2, long a3) {
    // The first sum is that of words which all lanes share.
    long sum = a0 + a1;
    long mixed = Long.rotateLeft(a1, 13) ^ sum;
    long turned = Long.rotateLeft(sum, 32);
    System.arraycopy(words, from, state, 4 * BLOCK, count);
    for (int lane = 0; lane < count; lane++) {
      long word = state[lane + 4 * BLOCK];
      long v3 = a3 ^ word;
      long v2 = a2 + v3;
      v3 = Long.rotateLeft(v3, 16) ^ v2;
      long v0 = turned + v3;
      v3 = Long.rotateLeft(v3, 21) ^ v0;
      v2 += mixed;
      state[lane] = v0 ^ word;
      state[lane + BLOCK] = Long.rotateLeft(mixed, 17) ^ v2;
      state[lane + 2 * BLOCK] = Long.rotateLeft(v2, 32);
      state[lane + 3 * BLOCK] = v3;
    }
  }

  /** Takes in {@code word}, alike for all, and changes the third word of the state by the mark. */
  private void round(int count, long word, long mark) {
    for (int lane = 0; lane < count; lane++) {
      long v1 = state[lane + BLOCK];
      long v3 = state[lane + 3 * BLOCK] ^ word;
      long v0 = state[lane] + v1;
      v1 = Long.rotateLeft(v1, 13) ^ v0;
      v0 = Long.rotateLeft(v0, 32);
      long v2 = state[lane + 2 * BLOCK] + v3;
      v3 = Long.rotateLeft(v3, 16) ^ v2;
      v0 += v3;
      v3 = Long.rotateLeft(v3, 21) ^ v0;
      v2 += v1;
      v1 = Long.rotateLeft(v1, 17) ^ v2;
      state[lane] = v0 ^ word;
      state[lane + BLOCK] = v1;
      state[lane + 2 * BLOCK] = Long.rotateLeft(v2, 32) ^ mark;
      state[lane + 3 * BLOCK] = v3;
    }
  }

  /** Does the last round. */
  private void end(int count) {
    for (int lane = 0; lane < count; lane++) {
      long v1 = state[lane + BLOCK];
      long v3 = state[lane + 3 * BLOCK];
      long v0 = state[lane] + v1;
      v1 = Long.rotateLeft(v1, 13) ^ v0;
      v0 = Long.rotateLeft(v0, 32);
      long v2 = state[lane + 2 * BLOCK] + v3;
      v3 = Long.rotateLeft(v3, 16) ^ v2;
      v0 += v3;
      v3 = Long.rotateLeft(v3, 21) ^ v0;
      v2 += v1;
      v1 = Long.rotateLeft(v1, 17) ^ v2;
      v2 = Long.rotateLeft(v2, 32);
      state[lane] = v0 ^ v1 ^ v2 ^ v3;
    }
  }
}
