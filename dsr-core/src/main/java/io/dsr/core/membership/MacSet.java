package io.dsr.core.membership;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * The MAC addresses that real servers have: written by the event loop that resolves them, read by
 * any; a reader sees the set before a change or after it.
 */
final class MacSet {

  private static final long NONE = -1;
  private static final int MINIMUM = 8;
  private static final long MIXER = 0x9e3779b97f4a7c15L;

  private static final VarHandle BUCKETS = MethodHandles.arrayElementVarHandle(long[].class);

  private volatile long[] buckets = empty(MINIMUM);

  /** How many addresses there are at most; the writer's alone. */
  private int size;

  /** Returns whether some server has that address. */
  boolean contains(long mac) {
    long[] seen = buckets;
    int bucket = home(mac, seen.length);
    long present = (long) BUCKETS.getAcquire(seen, bucket);
    while (present != NONE) {
      if (present == mac) {
        return true;
      }
      bucket = (bucket + 1) & (seen.length - 1);
      present = (long) BUCKETS.getAcquire(seen, bucket);
    }
    return false;
  }

  /** Adds an address in place if there is room; returns whether there was. */
  boolean add(long mac) {
    long[] present = buckets;
    if ((size + 1) * 2 > present.length) {
      return false;
    }
    int bucket = home(mac, present.length);
    while (present[bucket] != NONE) {
      if (present[bucket] == mac) {
        return true;
      }
      bucket = (bucket + 1) & (present.length - 1);
    }
    size++;
    BUCKETS.setRelease(present, bucket, mac);
    return true;
  }

  /**
   * Makes the set that of the addresses in the low 48 bits of the first {@code count} of {@code
   * nextHops}, and of one more; -1 is none.
   */
  void of(long[] nextHops, int count, long another) {
    int known = 1;
    for (int slot = 0; slot < count; slot++) {
      known += nextHops[slot] == NONE ? 0 : 1;
    }
    long[] fresh = empty(Integer.highestOneBit(Math.max(MINIMUM, known * 2)) * 4);
    for (int slot = 0; slot < count; slot++) {
      put(fresh, nextHops[slot] == NONE ? NONE : Slots.mac(nextHops[slot]));
    }
    put(fresh, another);
    size = known;
    buckets = fresh;
  }

  private static void put(long[] fresh, long mac) {
    if (mac != NONE) {
      int bucket = home(mac, fresh.length);
      while (fresh[bucket] != NONE && fresh[bucket] != mac) {
        bucket = (bucket + 1) & (fresh.length - 1);
      }
      fresh[bucket] = mac;
    }
  }

  private static long[] empty(int size) {
    long[] buckets = new long[size];
    Arrays.fill(buckets, NONE);
    return buckets;
  }

  private static int home(long mac, int size) {
    return (int) ((mac * MIXER) >>> 40) & (size - 1);
  }
}
