package io.dsr.core.flow;

import java.util.Arrays;

/**
 * Brings up each record when its deadline may have come: a hashed timing wheel (G. Varghese, A.
 * Lauck: "Hashed and Hierarchical Timing Wheels", SOSP 1987), its lists linked through arrays.
 *
 * <p>A deadline that moves away costs nothing here. The record comes up at the old one, its owner
 * sees that it is not due, and arms it again; the same happens to a deadline farther off than one
 * turn. Only a deadline that moves nearer must be armed again at once.
 *
 * <p>Ticks are counted in 64 bits; a deadline is the low 32 of its tick, at most 2<sup>31</sup> - 1
 * ticks ahead. Event loop only.
 */
final class TimingWheel {

  /** Returned where no record is due. */
  static final int NONE = -1;

  private static final int MINIMUM_SLOTS = 64;
  private static final int MAXIMUM_SLOTS = 1 << 15;

  private final int[] heads;
  private final int[] next;
  private final int[] previous;
  private final int mask;

  /** The first tick that has not been worked off. */
  private long cursor;

  /** Creates a wheel for {@code capacity} records that begins at the tick after {@code now}. */
  TimingWheel(int capacity, long now) {
    this.heads = new int[slots(capacity)];
    this.next = new int[capacity];
    this.previous = new int[capacity];
    this.mask = heads.length - 1;
    this.cursor = now + 1;
    Arrays.fill(heads, NONE);
  }

  /** Returns how many bytes the wheel of {@code capacity} records takes. */
  static long bytes(int capacity) {
    return (2L * capacity + slots(capacity)) * Integer.BYTES;
  }

  /** Returns how many bytes this takes. */
  long bytes() {
    return ((long) heads.length + next.length + previous.length) * Integer.BYTES;
  }

  /** Lets a record that is not in the wheel come up at its deadline, or before. */
  void arm(int record, int deadline) {
    int ahead = Math.clamp(deadline - (int) cursor, 0, mask);
    int slot = ((int) cursor + ahead) & mask;
    int head = heads[slot];
    heads[slot] = record;
    next[record] = head;
    previous[record] = ~slot;
    if (head != NONE) {
      previous[head] = record;
    }
  }

  /** Takes a record out of the wheel. */
  void disarm(int record) {
    int after = next[record];
    int before = previous[record];
    if (before < 0) {
      heads[~before] = after;
    } else {
      next[before] = after;
    }
    if (after != NONE) {
      previous[after] = before;
    }
  }

  /**
   * Returns a record that comes up at {@code now} or came up before, or {@link #NONE} if there is
   * none. The record stays in the wheel, and is returned again until it is disarmed.
   */
  int due(long now) {
    // After a longer pause one whole turn brings everything up.
    cursor = Math.max(cursor, now - mask);
    while (cursor <= now) {
      int head = heads[(int) cursor & mask];
      if (head != NONE) {
        return head;
      }
      cursor++;
    }
    return NONE;
  }

  private static int slots(int capacity) {
    return Math.clamp(Integer.highestOneBit(capacity), MINIMUM_SLOTS, MAXIMUM_SLOTS);
  }
}
