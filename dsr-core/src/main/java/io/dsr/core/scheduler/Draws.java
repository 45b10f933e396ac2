package io.dsr.core.scheduler;

import io.dsr.core.HashKey;

/**
 * A sequence of random numbers for one picker: SplitMix64 (G. L. Steele, D. Lea, C. H. Flood: "Fast
 * splittable pseudorandom number generators", OOPSLA 2014). Not for secrets.
 */
final class Draws {

  private static final long GOLDEN = 0x9e37_79b9_7f4a_7c15L;

  private long state;

  /** Starts the sequence of {@code seed}. */
  Draws(long seed) {
    state = seed;
  }

  /** Starts a sequence that nobody can tell beforehand. */
  static Draws random() {
    return new Draws(HashKey.random().k0());
  }

  /** Returns the next number from 0 up to and without {@code bound}, which is above 0. */
  long below(long bound) {
    state += GOLDEN;
    long mixed = (state ^ (state >>> 30)) * 0xbf58_476d_1ce4_e5b9L;
    mixed = (mixed ^ (mixed >>> 27)) * 0x94d0_49bb_1331_11ebL;
    return Math.unsignedMultiplyHigh(mixed ^ (mixed >>> 31), bound);
  }
}
