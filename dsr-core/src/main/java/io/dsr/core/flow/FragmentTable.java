package io.dsr.core.flow;

import static java.util.Objects.requireNonNull;

import io.dsr.core.HashKey;
import java.time.Duration;

/**
 * Which server has the datagram that a fragment belongs to: later fragments have no ports, so the
 * first tells where they go.
 *
 * <p>A datagram is remembered for 30 s after its first fragment, as long as the Linux kernel waits
 * for the others ({@code net.ipv4.ipfrag_time}). When the table is full the oldest makes room:
 * fragments of one datagram come close together, so a flood of first fragments costs those alone
 * that are slow. All memory, 72 bytes a datagram, is taken at construction; after that nothing is
 * allocated. Event loop only: all fragments of a datagram must come to the same.
 *
 * <pre>
 * KEY      5 words, see {@link FragmentKey}
 * SERVER   slot 16 | generation 16 | deadline 32
 * </pre>
 *
 * <p>A kernel fast path would need these records as they are, in an LRU hash map shared by all
 * processors, and would leave later fragments that it does not find to us.
 */
public final class FragmentTable {

  /** Returned for a datagram that is not remembered. */
  public static final long NONE = -1;

  /** How many datagrams a table is made for unless there is a reason for another number. */
  public static final int DEFAULT_CAPACITY = 4096;

  /** The most datagrams that a table can be made for. */
  public static final int MAXIMUM_CAPACITY = 1 << 24;

  /** How long a datagram is remembered after its first fragment. */
  public static final Duration LIFETIME = Duration.ofSeconds(30);

  /** The most datagrams that one call forgets because their time has passed. */
  static final int RECORDS_A_CALL = 256;

  private static final int TICK_BITS = FlowTracker.TICK_BITS;
  private static final int LIFETIME_TICKS = (int) (LIFETIME.toNanos() >> TICK_BITS) + 1;
  private static final int SERVER = 5;
  private static final int STRIDE = SERVER + 1;
  private static final int SERVER_SHIFT = 32;
  private static final int GENERATION_BITS = 16;
  private static final int MAXIMUM = 65_535;

  private final int capacity;
  private final HashKey tableKey;
  private final long origin;
  private final long[] words;
  private final FlowIndex index;

  /**
   * The records in use from the oldest to the newest, as a ring that begins and ends with one of
   * the number of the capacity; those freed are linked through {@code next} alone.
   */
  private final int[] next;

  private final int[] previous;

  /** The first record that was never used. */
  private int fresh;

  /** The record that was freed last, or the number of the capacity. */
  private int freed;

  private long now;
  private int size;

  /**
   * Creates an empty table.
   *
   * @param capacity how many datagrams it can hold, 1 to {@link #MAXIMUM_CAPACITY}
   * @param tableKey the key of the process's own tables, never the one of placement
   * @param nowNanos the reading of the {@link io.dsr.core.Ticker} that {@link #time} is given
   */
  public FragmentTable(int capacity, HashKey tableKey, long nowNanos) {
    checkRange("capacity", capacity, 1, MAXIMUM_CAPACITY);
    this.capacity = capacity;
    this.tableKey = requireNonNull(tableKey, "tableKey");
    this.origin = nowNanos;
    this.words = new long[capacity * STRIDE];
    this.index = new FlowIndex(capacity);
    this.next = new int[capacity + 1];
    this.previous = new int[capacity + 1];
    this.next[capacity] = capacity;
    this.previous[capacity] = capacity;
    this.freed = capacity;
  }

  /** Returns the slot of a server that {@link #find} has found. */
  public static int slot(long server) {
    return (int) (server >>> GENERATION_BITS);
  }

  /** Returns the generation of the slot that {@link #find} has found. */
  public static int generation(long server) {
    return (int) server & MAXIMUM;
  }

  /**
   * Returns the server of a datagram, to be taken apart with {@link #slot} and {@link #generation},
   * or {@link #NONE}. Whether the slot still has that generation is for the caller to see.
   */
  public long find(FragmentKey key) {
    int position = position(key, key.hash(tableKey));
    if (position == FlowIndex.NONE) {
      return NONE;
    }
    int record = index.record(position);
    return isDue(record) ? NONE : words[record * STRIDE + SERVER] >>> SERVER_SHIFT;
  }

  /**
   * Remembers the server of a datagram whose first fragment has come, whatever was remembered of it
   * before: senders use an identification again.
   *
   * @param slot the server that takes the datagram, 0 to 65,535
   * @param generation the generation of the slot, 0 to 65,535
   * @throws IllegalArgumentException if the slot or the generation is out of range
   */
  public void remember(FragmentKey key, int slot, int generation) {
    checkRange("slot", slot, 0, MAXIMUM);
    checkRange("generation", generation, 0, MAXIMUM);
    int hash = key.hash(tableKey);
    int position = position(key, hash);
    int record;
    if (position == FlowIndex.NONE) {
      record = take();
      key.write(words, record * STRIDE);
      index.add(hash, record);
      size++;
    } else {
      record = index.record(position);
      unlink(record);
    }
    append(record);
    long server = ((long) slot << GENERATION_BITS) | generation;
    long deadline = Integer.toUnsignedLong((int) now + LIFETIME_TICKS);
    words[record * STRIDE + SERVER] = (server << SERVER_SHIFT) | deadline;
  }

  /**
   * Moves the time on; called once for each batch of frames, before the first.
   *
   * @param nowNanos the reading of the ticker; one before the last is taken as no progress
   */
  public void time(long nowNanos) {
    now = Math.max(now, (nowNanos - origin) >> TICK_BITS);
  }

  /**
   * Forgets datagrams whose time has passed, a few hundred at most; called after each batch of
   * frames, and by a timer.
   *
   * @return whether no more are due at this time
   */
  public boolean expire() {
    for (int left = RECORDS_A_CALL; left > 0 && size > 0 && isDue(next[capacity]); left--) {
      forget(next[capacity]);
    }
    return size == 0 || !isDue(next[capacity]);
  }

  /** Returns how many datagrams are remembered, those included whose time has just passed. */
  public int size() {
    return size;
  }

  /** Returns how many bytes this takes, be it empty or full. */
  public long bytes() {
    return (long) words.length * Long.BYTES
        + index.bytes()
        + ((long) next.length + previous.length) * Integer.BYTES;
  }

  private int position(FragmentKey key, int hash) {
    int position = index.first(hash);
    while (position != FlowIndex.NONE && !key.isWritten(words, index.record(position) * STRIDE)) {
      position = index.after(position, hash);
    }
    return position;
  }

  private boolean isDue(int record) {
    return (int) words[record * STRIDE + SERVER] - (int) now <= 0;
  }

  private int take() {
    if (freed == capacity && fresh < capacity) {
      return fresh++;
    }
    if (freed == capacity) {
      forget(next[capacity]);
    }
    int record = freed;
    freed = next[record];
    return record;
  }

  private void forget(int record) {
    index.remove(FragmentKey.hash(words, record * STRIDE, tableKey), record);
    unlink(record);
    next[record] = freed;
    freed = record;
    size--;
  }

  private void append(int record) {
    int newest = previous[capacity];
    next[newest] = record;
    previous[record] = newest;
    next[record] = capacity;
    previous[capacity] = record;
  }

  private void unlink(int record) {
    int after = next[record];
    int before = previous[record];
    next[before] = after;
    previous[after] = before;
  }

  private static void checkRange(String name, int value, int minimum, int maximum) {
    if (value < minimum || value > maximum) {
      throw new IllegalArgumentException(
          name + ": " + value + " (expected: " + minimum + " to " + maximum + ")");
    }
  }
}
