package io.dsr.core.connection;

/**
 * Finds records by the hash of their key: open addressing with linear probing, at most half full.
 *
 * <p>An entry holds 32 bits of hash above the number of its record, so a search looks at a record
 * only where all of the hash agrees, and a removal, which shifts back what follows (D. E. Knuth,
 * "The Art of Computer Programming" 3, 6.4, algorithm R), looks at none. There are no tombstones:
 * searches do not slow down with age. The number of entries need not be a power of two: a hash is
 * brought into range by multiplication.
 *
 * <p>Event loop only.
 */
final class FlowIndex {

  /** Returned where no entry has the hash asked for. */
  static final int NONE = -1;

  private static final int MINIMUM_ENTRIES = 4;
  private static final long EMPTY = 0;

  private final long[] entries;

  /** Creates an index for {@code capacity} records. */
  FlowIndex(int capacity) {
    this.entries = new long[entries(capacity)];
  }

  /** Returns how many bytes the index of {@code capacity} records takes. */
  static long bytes(int capacity) {
    return (long) entries(capacity) * Long.BYTES;
  }

  /** Returns how many bytes this takes. */
  long bytes() {
    return (long) entries.length * Long.BYTES;
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
    return (int) entries[position] - 1;
  }

  /** Adds a record, which must not be here yet, under its hash. */
  void add(int hash, int record) {
    int position = home(hash);
    while (entries[position] != EMPTY) {
      position = following(position);
    }
    entries[position] = ((long) hash << 32) | (record + 1);
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
