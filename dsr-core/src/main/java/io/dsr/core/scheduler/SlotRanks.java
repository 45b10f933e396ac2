package io.dsr.core.scheduler;

import java.util.Arrays;

/**
 * Finds the rank of a server by its slot. Slots may lie anywhere, so this is a hash table with open
 * addresses, at most a quarter full; slots that follow one another do not collide in it.
 */
final class SlotRanks {

  /** Returned for a slot that none of the servers has. */
  static final int NONE = -1;

  private static final int SPREAD = 0x9e37_79b9;

  private final int[] slots;
  private final int[] ranks;
  private final int shift;

  /** Creates a table of these slots, the rank of each being its index. */
  SlotRanks(int[] slots) {
    this.slots = slots;
    int bits = Integer.SIZE - Integer.numberOfLeadingZeros(Math.max(1, slots.length * 4 - 1));
    this.shift = Integer.SIZE - bits;
    this.ranks = new int[1 << bits];
    Arrays.fill(ranks, NONE);
    for (int rank = 0; rank < slots.length; rank++) {
      int at = home(slots[rank]);
      while (ranks[at] != NONE) {
        at = next(at);
      }
      ranks[at] = rank;
    }
  }

  /** Returns the rank of the server in {@code slot}, or {@link #NONE}. */
  int of(int slot) {
    int at = home(slot);
    while (ranks[at] != NONE && slots[ranks[at]] != slot) {
      at = next(at);
    }
    return ranks[at];
  }

  private int home(int slot) {
    return (slot * SPREAD) >>> shift;
  }

  private int next(int at) {
    return (at + 1) & (ranks.length - 1);
  }
}
