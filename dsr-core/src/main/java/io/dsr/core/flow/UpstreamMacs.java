package io.dsr.core.flow;

import static java.util.Objects.requireNonNull;

import io.dsr.core.HashKey;

/**
 * The MAC addresses that clients' frames came from, each with a small number for a flow's record.
 *
 * <p>What is once in here stays, so a number means the same address for as long as the balancer
 * runs. When the table is full, further addresses are unknown: a neighbor that invents addresses
 * uses up the table, but harms no flow of the others. Event loop only; allocates nothing after
 * construction.
 */
public final class UpstreamMacs {

  /** The number of an address that is not known. */
  public static final int UNKNOWN = 0;

  /** The bits of a mark, which a number may bear as long as the capacity leaves them free. */
  public static final int MARK_SHIFT = 13;

  private static final int MAXIMUM_CAPACITY = 65_535;

  private final HashKey tableKey;
  private final long[] macs;
  private final int numberMask;
  private final int[] buckets;
  private int size;
  private int last = UNKNOWN;

  /**
   * Creates an empty table.
   *
   * @param capacity how many addresses it can hold, 1 to 65,535
   * @param tableKey the key of the process's own tables
   */
  public UpstreamMacs(int capacity, HashKey tableKey) {
    if (capacity < 1 || capacity > MAXIMUM_CAPACITY) {
      throw new IllegalArgumentException(
          "capacity: " + capacity + " (expected: 1 to " + MAXIMUM_CAPACITY + ")");
    }
    this.tableKey = requireNonNull(tableKey, "tableKey");
    this.macs = new long[capacity + 1];
    this.numberMask = capacity < 1 << MARK_SHIFT ? (1 << MARK_SHIFT) - 1 : MAXIMUM_CAPACITY;
    this.buckets = new int[Integer.highestOneBit(capacity) << 2];
  }

  /**
   * Returns the number of an address, 1 to 65,535, after learning it if it is new; or {@link
   * #UNKNOWN} if the table is full, or the address is all zeros.
   *
   * @param mac the address in the low 48 bits, the others zero
   */
  public int index(long mac) {
    if (macs[last] == mac) {
      return last;
    }
    int bucket = (int) tableKey.quickHash(mac, 0) & (buckets.length - 1);
    while (buckets[bucket] != UNKNOWN) {
      if (macs[buckets[bucket]] == mac) {
        last = buckets[bucket];
        return last;
      }
      bucket = (bucket + 1) & (buckets.length - 1);
    }
    return learn(mac, bucket);
  }

  /**
   * Returns the address of a number, marked or not, in the low 48 bits, or 0 for {@link #UNKNOWN}.
   */
  public long mac(int index) {
    return macs[index & numberMask];
  }

  /** Returns the address of a number, or 0 for {@link #UNKNOWN} and for a number with a mark. */
  public long unmarked(int index) {
    return index < macs.length ? macs[index] : 0;
  }

  /** Returns the mark of a number, 0 to 7; always 0 if the capacity leaves no room for one. */
  public int mark(int index) {
    return (index & ~numberMask) >>> MARK_SHIFT;
  }

  /** Returns a number with a mark in place of the one that it may have. */
  public int marked(int index, int mark) {
    return (index & numberMask) | (mark << MARK_SHIFT & ~numberMask & 0xffff);
  }

  /** Returns how many addresses are known. */
  public int size() {
    return size;
  }

  private int learn(long mac, int bucket) {
    if (mac == 0 || size == macs.length - 1) {
      return UNKNOWN;
    }
    size++;
    macs[size] = mac;
    buckets[bucket] = size;
    last = size;
    return size;
  }
}
