package io.dsr.core;

import java.security.SecureRandom;

/**
 * The key of a keyed hash: without it nobody can choose addresses that collide.
 *
 * <p>Two kinds of hash must never share a key. <em>Placement</em> hashes (which server takes a
 * flow) use {@link #PLACEMENT} unless a builder is told otherwise, so that restarts and fleets of
 * balancers agree. Hashes of a process's own tables use {@link #random()}.
 *
 * <p>The function is SipHash (J.-P. Aumasson, D. J. Bernstein: "SipHash: a fast short-input PRF",
 * INDOCRYPT 2012) over the words' little-endian bytes: {@link #hash(long, long) hash} is
 * SipHash-2-4, {@link #quickHash(long, long) quickHash} is SipHash-1-3. Any thread; allocates
 * nothing.
 *
 * @param k0 the first eight bytes of the key, little-endian
 * @param k1 the last eight bytes of the key, little-endian
 */
@CheckReturnValue
public record HashKey(long k0, long k1) {

  /**
   * The documented default for placement: the bytes of {@code "dsr placement k1"}. It is no secret;
   * a balancer that must withstand clients who choose their addresses is given a key of its own,
   * the same on each balancer of a fleet.
   */
  public static final HashKey PLACEMENT = new HashKey(0x63616c7020727364L, 0x316b20746e656d65L);

  private static final SecureRandom RANDOM = new SecureRandom();

  /** Returns a random key, known only to this process. */
  public static HashKey random() {
    return new HashKey(RANDOM.nextLong(), RANDOM.nextLong());
  }

  /** Returns SipHash-2-4 of the eight bytes of {@code a}. */
  public long hash(long a) {
    return sip(2, 4, 1, a, length(1), 0, 0, 0, 0);
  }

  /** Returns SipHash-2-4 of the sixteen bytes of {@code a} and {@code b}. */
  public long hash(long a, long b) {
    return sip(2, 4, 2, a, b, length(2), 0, 0, 0);
  }

  /** Returns SipHash-2-4 of the twenty-four bytes of the three words. */
  public long hash(long a, long b, long c) {
    return sip(2, 4, 3, a, b, c, length(3), 0, 0);
  }

  /** Returns SipHash-2-4 of the forty bytes of the five words. */
  public long hash(long a, long b, long c, long d, long e) {
    return sip(2, 4, 5, a, b, c, d, e, length(5));
  }

  /** Returns SipHash-1-3 of the sixteen bytes of {@code a} and {@code b}. */
  public long quickHash(long a, long b) {
    return sip(1, 3, 2, a, b, length(2), 0, 0, 0);
  }

  /** Returns SipHash-1-3 of the forty bytes of the five words. */
  public long quickHash(long a, long b, long c, long d, long e) {
    return sip(1, 3, 5, a, b, c, d, e, length(5));
  }

  /** Hides the key: it may be a secret, and this may be logged. */
  @Override
  public String toString() {
    return this.equals(PLACEMENT) ? "HashKey[PLACEMENT]" : "HashKey[...]";
  }

  /** Returns the block behind {@code words} words: how many bytes they have, in its last byte. */
  private static long length(int words) {
    return (long) words << 59;
  }

  // The blocks are parameters and the loops have constant bounds once this is inlined: C2 unrolls
  // them, and one spelled-out method for each number of words would gain little more.
  private long sip(
      int compressions, int finals, int last, long a, long b, long c, long d, long e, long f) {
    long v0 = k0 ^ 0x736f6d6570736575L;
    long v1 = k1 ^ 0x646f72616e646f6dL;
    long v2 = k0 ^ 0x6c7967656e657261L;
    long v3 = k1 ^ 0x7465646279746573L;
    for (int at = 0; at <= last; at++) {
      long block = block(at, a, b, c, d, e, f);
      v3 ^= block;
      for (int round = 0; round < compressions; round++) {
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
      }
      v0 ^= block;
    }
    return finish(finals, v0, v1, v2 ^ 0xff, v3);
  }

  private static long finish(int rounds, long a, long b, long c, long d) {
    long v0 = a;
    long v1 = b;
    long v2 = c;
    long v3 = d;
    for (int round = 0; round < rounds; round++) {
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
    }
    return v0 ^ v1 ^ v2 ^ v3;
  }

  private static long block(int at, long a, long b, long c, long d, long e, long f) {
    return switch (at) {
      case 0 -> a;
      case 1 -> b;
      case 2 -> c;
      case 3 -> d;
      case 4 -> e;
      default -> f;
    };
  }
}
