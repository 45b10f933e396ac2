package io.dsr.core.frame;

/** The checksum of RFC 1071 by division, with no help from the code under test. */
final class ReferenceChecksum {

  private ReferenceChecksum() {}

  /** Returns the checksum over {@code data}, with a sum from elsewhere. */
  static int of(byte[] data, long sum) {
    return of(data, 0, data.length, sum);
  }

  /** Returns the checksum over some of {@code data}, with a sum from elsewhere. */
  static int of(byte[] data, int from, int to, long sum) {
    long total = sum;
    for (int i = from; i < to; i++) {
      total += (i - from) % 2 == 0 ? (data[i] & 0xffL) << 8 : data[i] & 0xffL;
    }
    long folded = total % 0xffff;
    return (int) (0xffff - (folded == 0 && total != 0 ? 0xffff : folded));
  }
}
