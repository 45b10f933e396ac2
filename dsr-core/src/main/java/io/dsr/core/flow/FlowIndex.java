package io.dsr.core.flow;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Finds records by the hash of their key: open addressing with linear probing, at most half full.
 *
 * <p>An entry holds 32 bits of hash above the number of its record, so a search looks at a record
 * only where all of the hash agrees, and a removal, which shifts back what follows (D. E. Knuth,
 * "The Art of Computer Programming" 3, 6.4, algorithm R), looks at none. There are no tombstones:
 * searches do not slow down with age. The number of entries need not be a power of two: a hash is
 * brought into range by multiplication.
 *
 * <p>Few records are kept close together, so that a search among them stays in the caches, and the
 * pages that it looks at in the TLB, whatever the capacity: of tables of growing size, all made at
 * the start, one is in use. When it is half full the entries move to the next, four times as large,
 * or from 32,768 records on to the one for all: a pause of a few milliseconds once, with the record
 * that makes it necessary. They move back when no record is left. In front of a table for 2^20
 * records that took a frame of one of 4,096 flows some 0.3 us less, where the kernel's own work had
 * driven all else out of the caches.
 *
 * <p>Event loop only.
 */
final class FlowIndex {

  /** Returned where no entry has the hash asked for. */
  static final int NONE = -1;

  private static final int MINIMUM_ENTRIES = 4;
  private static final int SMALLEST_TABLE = 1_024;
  private static final int LARGEST_SMALL_TABLE = 65_536;
  private static final int GROWTH = 4;
  private static final int SHARE = 16; // of the whole, that a small table is at most

  /** An entry that is none. */
  static final long EMPTY = 0;

  private final long[][] tables;
  private int inUse;
  private long[] entries;
  private int size;

  /** Creates an index for {@code capacity} records. */
  FlowIndex(int capacity) {
    this.tables = sizes(capacity).mapToObj(long[]::new).toArray(long[][]::new);
    this.entries = tables[0];
  }

  /** Returns how many entries the tables have, the smallest first and the one for all last. */
  private static IntStream sizes(int capacity) {
    int last = entries(capacity);
    int largestSmall = Math.min(LARGEST_SMALL_TABLE, last / SHARE);
    return IntStream.concat(
        IntStream.iterate(SMALLEST_TABLE, size -> size <= largestSmall, size -> size * GROWTH),
        IntStream.of(last));
  }

  /** Returns how many bytes the index of {@code capacity} records takes. */
  static long bytes(int capacity) {
    return sizes(capacity).mapToLong(size -> (long) size * Long.BYTES).sum();
  }

  /** Returns how many bytes this takes. */
  long bytes() {
    return Arrays.stream(tables).mapToLong(table -> (long) table.length * Long.BYTES).sum();
  }

  /** Returns the first position with this hash, or {@link #NONE}. */
  int first(int hash) {
    return search(home(hash), hash);
  }

  /** Returns the next position with this hash after {@code position}, or {@link #NONE}. */
  int after(int position, int hash) {
    return search(following(position), hash);
  }

  /** Returns the record at a position that a search has returned. */
  int record(int position) {
    return recordOf(entries[position]);
  }

  /** Returns the entry at a position, or {@link #EMPTY}. */
  long entry(int position) {
    return entries[position];
  }

  /** Returns the record of an entry that is not {@link #EMPTY}. */
  static int recordOf(long entry) {
    return (int) entry - 1;
  }

  /** Adds a record, which must not be here yet, under its hash. */
  void add(int hash, int record) {
    size++;
    if (size > entries.length / 2 && inUse + 1 < tables.length) {
      grow();
    }
    put(((long) hash << 32) | (record + 1));
  }

  private void put(long entry) {
    int position = home((int) (entry >>> 32));
    while (entries[position] != EMPTY) {
      position = following(position);
    }
    entries[position] = entry;
  }

  private void grow() {
    long[] old = entries;
    inUse++;
    entries = tables[inUse];
    for (int position = 0; position < old.length; position++) {
      if (old[position] != EMPTY) {
        put(old[position]);
        old[position] = EMPTY;
      }
    }
  }

  /** Removes a record, which must be here, with its hash. */
  void remove(int hash, int record) {
    int position = first(hash);
    while (record(position) != record) {
      position = after(position, hash);
    }
    removeAt(position);
  }

  /** Removes the entry at a position; every other position may hold another entry after this. */
  void removeAt(int position) {
    int hole = position;
    int next = following(hole);
    while (entries[next] != EMPTY) {
      int wanted = home((int) (entries[next] >>> 32));
      if (distance(wanted, next) >= distance(hole, next)) {
        entries[hole] = entries[next];
        hole = next;
      }
      next = following(next);
    }
    entries[hole] = EMPTY;
    size--;
    if (size == 0) { // all tables are empty now
      inUse = 0;
      entries = tables[0];
    }
  }

  /** Returns where the search for a hash begins. */
  int home(int hash) {
    return (int) ((Integer.toUnsignedLong(hash) * entries.length) >>> 32);
  }

  private int search(int from, int hash) {
    int position = from;
    long entry = entries[position];
    while (entry != EMPTY) {
      if ((int) (entry >>> 32) == hash) {
        return position;
      }
      position = following(position);
      entry = entries[position];
    }
    return NONE;
  }

  private int following(int position) {
    int next = position + 1;
    return next == entries.length ? 0 : next;
  }

  private int distance(int from, int to) {
    int steps = to - from;
    return steps < 0 ? steps + entries.length : steps;
  }

  private static int entries(int capacity) {
    return Math.max(MINIMUM_ENTRIES, 2 * capacity);
  }
}
