package io.dsr.core.defence;

import static java.util.Objects.requireNonNull;

import io.dsr.core.HashKey;

/**
 * Finds the entry of a source, a prefix of the client's address, and counts its live flows.
 *
 * <p>Sets of eight entries, chosen by a keyed hash. An entry without live flows whose time has come
 * makes room for another source; one with live flows never does, so the counts are exact as long as
 * a source has an entry at all. Allocates nothing after construction. Event loop only.
 */
final class SourceIndex {

  /** Returned for a source that has no entry. */
  static final int NONE = -1;

  private static final int WAYS = 8;
  private static final int IPV4_BITS = 32;

  private final HashKey tableKey;
  private final long ipv4Mask;
  private final long ipv6HighMask;
  private final long ipv6LowMask;
  private final int sets;
  private final long[] high;
  private final long[] low;
  private final byte[] family;
  private final int[] live;
  private final long[] idleFrom;
  private int size;

  SourceIndex(int capacity, int ipv4Prefix, int ipv6Prefix, HashKey tableKey) {
    if (capacity < 1 || capacity > 1 << 26) {
      throw new IllegalArgumentException("capacity: " + capacity + " (expected: 1 to 2^26)");
    }
    this.tableKey = requireNonNull(tableKey, "tableKey");
    this.sets = (capacity + WAYS - 1) / WAYS;
    int entries = sets * WAYS;
    this.ipv4Mask = mask(ipv4Prefix + IPV4_BITS) & 0xffff_ffffL;
    this.ipv6HighMask = mask(Math.min(ipv6Prefix, Long.SIZE));
    this.ipv6LowMask = mask(Math.max(ipv6Prefix - Long.SIZE, 0));
    this.high = new long[entries];
    this.low = new long[entries];
    this.family = new byte[entries];
    this.live = new int[entries];
    this.idleFrom = new long[entries];
  }

  /** Returns how many entries there are. */
  int entries() {
    return live.length;
  }

  /** Returns how many sources have an entry, idle ones too. */
  int size() {
    return size;
  }

  long bytes() {
    return live.length * (3L * Long.BYTES + Integer.BYTES + 1);
  }

  /** Returns the entry of a source, or {@link #NONE}. */
  int find(boolean ipv6, long sourceHigh, long sourceLow) {
    long wantedHigh = maskedHigh(ipv6, sourceHigh);
    long wantedLow = maskedLow(ipv6, sourceLow);
    byte wanted = code(ipv6);
    int first = set(wantedHigh, wantedLow, wanted);
    for (int entry = first; entry < first + WAYS; entry++) {
      if (family[entry] == wanted && low[entry] == wantedLow && high[entry] == wantedHigh) {
        return entry;
      }
    }
    return NONE;
  }

  /** Returns a new entry for a source that has none, or {@link #NONE} if all are in use. */
  int enter(boolean ipv6, long sourceHigh, long sourceLow, long now) {
    long newHigh = maskedHigh(ipv6, sourceHigh);
    long newLow = maskedLow(ipv6, sourceLow);
    byte code = code(ipv6);
    int first = set(newHigh, newLow, code);
    for (int entry = first; entry < first + WAYS; entry++) {
      if (family[entry] == 0 || isIdle(entry, now)) {
        size += family[entry] == 0 ? 1 : 0;
        high[entry] = newHigh;
        low[entry] = newLow;
        family[entry] = code;
        idleFrom[entry] = now;
        return entry;
      }
    }
    return NONE;
  }

  /** Returns whether nothing of the entry's source is worth remembering. */
  boolean isIdle(int entry, long now) {
    return live[entry] == 0 && idleFrom[entry] - now <= 0;
  }

  /** Keeps an entry until {@code nanos}, live flows or not. */
  void keepUntil(int entry, long nanos) {
    if (nanos - idleFrom[entry] > 0) {
      idleFrom[entry] = nanos;
    }
  }

  void opened(int entry) {
    live[entry]++;
  }

  void closed(int entry) {
    if (live[entry] > 0) {
      live[entry]--;
    }
  }

  int live(int entry) {
    return live[entry];
  }

  boolean isUsed(int entry) {
    return family[entry] != 0;
  }

  boolean isIpv6(int entry) {
    return family[entry] == code(true);
  }

  long high(int entry) {
    return high[entry];
  }

  long low(int entry) {
    return low[entry];
  }

  private int set(long wantedHigh, long wantedLow, byte code) {
    long hash = tableKey.quickHash(wantedHigh, wantedLow ^ ((long) code << 62));
    return (int) (((hash >>> 32) * sets) >>> 32) * WAYS;
  }

  private long maskedHigh(boolean ipv6, long word) {
    return ipv6 ? word & ipv6HighMask : 0;
  }

  private long maskedLow(boolean ipv6, long word) {
    return word & (ipv6 ? ipv6LowMask : ipv4Mask);
  }

  private static byte code(boolean ipv6) {
    return (byte) (ipv6 ? 2 : 1);
  }

  private static long mask(int bits) {
    return bits == 0 ? 0 : -1L << (Long.SIZE - bits);
  }
}
