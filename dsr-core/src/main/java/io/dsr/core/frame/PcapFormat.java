package io.dsr.core.frame;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Where what stands in a classic capture file: draft-ietf-opsawg-pcap, version 2.4. */
final class PcapFormat {

  static final int FILE_HEADER = 24;
  static final int RECORD_HEADER = 16;
  static final int MICROSECONDS = 0xa1b2_c3d4;
  static final int NANOSECONDS = 0xa1b2_3c4d;

  /** What a pcapng file begins with. */
  static final int NEXT_GENERATION = 0x0a0d_0d0a;

  /** Where the link type is in the file header. */
  static final int LINK_TYPE = 20;

  static final int ETHERNET = 1;

  /** The longest frame that is written, and the longest that is believed. */
  static final int SNAP_LENGTH = 262_144;

  private static final short MAJOR = 2;
  private static final short MINOR = 4;
  private static final long NANOS = 1_000_000_000;

  private PcapFormat() {}

  /** Writes the header of a file of Ethernet frames with times in nanoseconds. */
  static void fileHeader(ByteBuffer out) {
    out.order(ByteOrder.LITTLE_ENDIAN)
        .putInt(NANOSECONDS)
        .putShort(MAJOR)
        .putShort(MINOR)
        .putInt(0)
        .putInt(0)
        .putInt(SNAP_LENGTH)
        .putInt(ETHERNET);
  }

  /** Writes what stands before a frame. */
  static void recordHeader(ByteBuffer out, long epochNanos, int kept, int length) {
    out.putInt((int) Math.floorDiv(epochNanos, NANOS))
        .putInt((int) Math.floorMod(epochNanos, NANOS))
        .putInt(kept)
        .putInt(length);
  }
}
