package io.dsr.core.admission;

import static java.util.Objects.requireNonNull;

import io.dsr.core.FlowView;
import io.dsr.core.HashKey;
import java.util.Arrays;

/**
 * Which source is this, and how many live flows it has: chained hashing through arrays, one chain
 * for each record there is room for.
 *
 * <p>A source is an address without the bits behind its prefix; the IP version keeps 1.2.3.4 from
 * ::1.2.3.4. Chains are chosen by a keyed hash, so nobody can send many sources that share one. All
 * memory, 29 bytes a source, is taken at construction. Records in use are numbered densely as long
 * as none is removed. Event loop only.
 */
final class SourceRecords {

  /** Returned for a source that has no record, and where there is no record left. */
  static final int NONE = -1;

  /** The most sources that there can be room for. */
  static final int MAXIMUM_CAPACITY = 1 << 28;

  private static final int BYTES = 2 * Long.BYTES + 3 * Integer.BYTES + 1;

  private final long ipv4Mask;
  private final long ipv6HighMask;
  private final long ipv6LowMask;
  private final HashKey tableKey;
  private final int[] heads;
  private final int[] next;
  private final long[] addresses;
  private final boolean[] ipv6;
  private final int[] live;

  /** The first record that was never used. */
  private int fresh;

  /** The record that was removed last, or NONE; the others follow by {@code next}. */
  private int freed = NONE;

  private int size;

  /** Creates room for {@code capacity} sources, 1 to {@link #MAXIMUM_CAPACITY}. */
  SourceRecords(int ipv4Prefix, int ipv6Prefix, int capacity, HashKey tableKey) {
    if (capacity < 1 || capacity > MAXIMUM_CAPACITY) {
      throw new IllegalArgumentException(
          "capacity: " + capacity + " (expected: 1 to " + MAXIMUM_CAPACITY + ")");
    }
    this.ipv4Mask = -1L << (32 - ipv4Prefix);
    this.ipv6HighMask = ipv6Prefix < Long.SIZE ? -1L << (Long.SIZE - ipv6Prefix) : -1L;
    this.ipv6LowMask = ipv6Prefix > Long.SIZE ? -1L << (2 * Long.SIZE - ipv6Prefix) : 0;
    this.tableKey = requireNonNull(tableKey, "tableKey");
    this.heads = new int[capacity];
    this.next = new int[capacity];
    this.addresses = new long[2 * capacity];
    this.ipv6 = new boolean[capacity];
    this.live = new int[capacity];
    Arrays.fill(heads, NONE);
  }

  /** Returns how many bytes room for {@code capacity} sources takes. */
  static long bytes(int capacity) {
    return (long) capacity * BYTES;
  }

  /** Returns how many bytes this takes. */
  long bytes() {
    return bytes(heads.length);
  }

  /** Returns how many sources there is room for. */
  int capacity() {
    return heads.length;
  }

  /** Returns how many sources have a record. */
  int size() {
    return size;
  }

  /** Returns the record of the flow's source, or {@link #NONE}. */
  int find(FlowView flow) {
    return find(flow.isIpv6(), flow.sourceHigh(), flow.sourceLow());
  }

  /** Returns the record of an address's source, or {@link #NONE}. */
  int find(boolean isIpv6, long high, long low) {
    long prefixHigh = high(isIpv6, high);
    long prefixLow = low(isIpv6, low);
    int record = heads[chain(prefixHigh, prefixLow)];
    while (record != NONE && !isOf(record, isIpv6, prefixHigh, prefixLow)) {
      record = next[record];
    }
    return record;
  }

  /**
   * Returns a new record, without live flows, of a source that {@link #find} has just missed, or
   * {@link #NONE} if there is none left.
   */
  int add(FlowView flow) {
    int record = take();
    if (record == NONE) {
      return NONE;
    }
    boolean isIpv6 = flow.isIpv6();
    long prefixHigh = high(isIpv6, flow.sourceHigh());
    long prefixLow = low(isIpv6, flow.sourceLow());
    addresses[2 * record] = prefixHigh;
    addresses[2 * record + 1] = prefixLow;
    ipv6[record] = isIpv6;
    live[record] = 0;
    int chain = chain(prefixHigh, prefixLow);
    next[record] = heads[chain];
    heads[chain] = record;
    size++;
    return record;
  }

  /** Removes a record, which must be in use. */
  void remove(int record) {
    int chain = chain(addresses[2 * record], addresses[2 * record + 1]);
    if (heads[chain] == record) {
      heads[chain] = next[record];
    } else {
      int before = heads[chain];
      while (next[before] != record) {
        before = next[before];
      }
      next[before] = next[record];
    }
    next[record] = freed;
    freed = record;
    size--;
  }

  boolean isIpv6(int record) {
    return ipv6[record];
  }

  long prefixHigh(int record) {
    return addresses[2 * record];
  }

  long prefixLow(int record) {
    return addresses[2 * record + 1];
  }

  /** Returns how many live flows the source has. */
  int live(int record) {
    return live[record];
  }

  /** Counts one more live flow of the source. */
  void opened(int record) {
    live[record]++;
  }

  /** Counts one live flow of the source less, if it has any. */
  void closed(int record) {
    live[record] = Math.max(0, live[record] - 1);
  }

  private int take() {
    if (freed == NONE) {
      return fresh < heads.length ? fresh++ : NONE;
    }
    int record = freed;
    freed = next[record];
    return record;
  }

  private boolean isOf(int record, boolean isIpv6, long prefixHigh, long prefixLow) {
    return addresses[2 * record + 1] == prefixLow
        && addresses[2 * record] == prefixHigh
        && ipv6[record] == isIpv6;
  }

  private long high(boolean isIpv6, long high) {
    return isIpv6 ? high & ipv6HighMask : 0;
  }

  private long low(boolean isIpv6, long low) {
    return low & (isIpv6 ? ipv6LowMask : ipv4Mask);
  }

  private int chain(long prefixHigh, long prefixLow) {
    long hash = tableKey.quickHash(prefixHigh, prefixLow) >>> 32;
    return (int) ((hash * heads.length) >>> 32);
  }
}
