package io.dsr.lab;

import java.util.Arrays;

/**
 * The bytes of a download: 0 to 250, over and over. The period is a prime, so that a segment that
 * is lost, doubled or moved shows.
 */
final class Pattern {

  private static final int PERIOD = 251;
  private static final byte[] BYTES = new byte[PERIOD * 262];

  static {
    for (int i = 0; i < BYTES.length; i++) {
      BYTES[i] = (byte) (i % PERIOD);
    }
  }

  /** The most bytes that one call takes. */
  static final int MAXIMUM = BYTES.length - PERIOD;

  private Pattern() {}

  /** Fills the first {@code length} bytes with the pattern from {@code position} on. */
  static void fill(byte[] target, int length, long position) {
    System.arraycopy(BYTES, (int) (position % PERIOD), target, 0, length);
  }

  /** Returns whether the first {@code length} bytes are the pattern from {@code position} on. */
  static boolean matches(byte[] bytes, int length, long position) {
    int start = (int) (position % PERIOD);
    return Arrays.equals(bytes, 0, length, BYTES, start, start + length);
  }
}
