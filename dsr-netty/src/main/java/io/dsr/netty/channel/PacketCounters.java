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

  /** How long it took for one at most, in the turn of {@link #LONGEST_TURN}. */
  static final int LONGEST_NANOS = 23;

  /** The turn of whoever asks how long it took at most. */
  private static final int LONGEST_TURN = 24;

  private static final int COUNT = 25;
  private static final VarHandle LONG = MethodHandles.arrayElementVarHandle(long[].class);

  private final long[] values = new long[COUNT];

  /** How often it was asked how long a frame took at most, and once more: the asker's word. */
  private volatile long turn = 1;

  /** Adds, on the event loop. */
  void add(int counter, long amount) {
    LONG.setOpaque(values, counter, values[counter] + amount);
  }

  /** Takes note that a frame took that long, on the event loop. */
  void took(long nanos) {
    long now = turn;
    long longest = values[LONGEST_TURN] == now ? Math.max(values[LONGEST_NANOS], nanos) : nanos;
    LONG.setOpaque(values, LONGEST_NANOS, longest);
    LONG.setRelease(values, LONGEST_TURN, now);
  }

  /**
   * Returns how long a frame took at most since this was last asked, or 0; what is noted just then
   * may be lost. One thread that is not the event loop.
   */
  long takeLongest() {
    long now = turn;
    boolean any = (long) LONG.getAcquire(values, LONGEST_TURN) == now;
    long longest = any ? get(LONGEST_NANOS) : 0;
    turn = now + 1;
    return longest;
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
