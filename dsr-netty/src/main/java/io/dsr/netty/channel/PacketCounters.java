package io.dsr.netty.channel;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** Counters that one thread writes and any reads, without a lock or a fence. */
final class PacketCounters {

  static final int RECEIVED = 0;
  static final int COPIED = 1;
  static final int TRUNCATED = 2;
  static final int SUPER_FRAMES = 3;
  static final int SUPER_FRAME_DROPS = 4;
  static final int STALLS = 5;
  static final int LINK_ERRORS = 6;
  static final int SENT = 7;
  static final int TOO_LONG = 8;
  static final int NO_BUFFERS = 9;
  static final int WOULD_BLOCK = 10;
  static final int LINK_DOWN = 11;
  static final int INVALID = 12;
  static final int OTHER_ERROR = 13;

  static final int FORWARDED = 14;
  static final int NO_EGRESS = 15;
  static final int WAKEUPS = 16;
  static final int BUSY_POLLS = 17;

  static final int COPY_DROPS = 18;
  static final int PASS_COPY_DROPS = 19;
  static final int FAILED = 20;

  /** Frames that were to leave by this channel: forwarded out of a ring, or written. */
  static final int OFFERED = 21;

  /** Frames that the pipeline took long for. */
  static final int SLOW = 22;

  /** How long it took for one at most, since that was last taken. */
  static final int LONGEST_NANOS = 23;

  private static final int COUNT = 24;
  private static final VarHandle LONG = MethodHandles.arrayElementVarHandle(long[].class);

  private final long[] values = new long[COUNT];

  /** Adds, on the event loop. */
  void add(int counter, long amount) {
    LONG.setOpaque(values, counter, values[counter] + amount);
  }

  /** Makes a counter at least as high as a value, on the event loop. */
  void raise(int counter, long value) {
    LONG.setOpaque(values, counter, Math.max(values[counter], value));
  }

  /** Returns a counter that begins anew. Any thread; what is raised meanwhile may be lost. */
  long take(int counter) {
    long value = get(counter);
    LONG.setOpaque(values, counter, 0L);
    return value;
  }

  /** Returns the counts of just now. */
  PacketCounters copy() {
    var copy = new PacketCounters();
    for (int counter = 0; counter < COUNT; counter++) {
      copy.values[counter] = get(counter);
    }
    return copy;
  }

  long get(int counter) {
    return (long) LONG.getOpaque(values, counter);
  }
}
