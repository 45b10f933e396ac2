package io.dsr.core.membership;

import io.dsr.core.LoadChanges;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * What one event loop counts for each server slot: frames, bytes, connections.
 *
 * <p>One cache line of eight words a slot. The event loop alone writes; any thread may read, and
 * sees each word whole, though not all of one moment. Which slots' connections changed last is kept
 * in a log of the event loop's own: see {@link LoadChanges}.
 */
public final class ServerCounters implements LoadChanges {

  private static final VarHandle WORDS = MethodHandles.arrayElementVarHandle(long[].class);
  private static final VarHandle TABLE;

  static {
    try {
      TABLE = MethodHandles.lookup().findVarHandle(ServerCounters.class, "words", long[].class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private static final int STRIDE_BITS = 3;
  private static final int FRAMES = 0;
  private static final int BYTES = 1;
  private static final int CONNECTIONS = 2;
  private static final int ACTIVE = 3;
  private static final int INACTIVE = 4;

  /** Whose counts these are: one more than the generation, 0 for nobody yet. */
  private static final int HOLDER = 5;

  /**
   * How many connections are remembered, whoever holds the slot: one word, for between the two that
   * a change of state writes there is a moment with none.
   */
  private static final int LIVE = 6;

  /** More than most batches open and close, and less than a page. */
  private static final int LOG_SIZE = 1 << 10;

  /** Replaced by a longer one where a slot beyond its end begins; others read it by TABLE. */
  private long[] words;

  private final int[] log = new int[LOG_SIZE];
  private long logged;

  /**
   * Creates counters at zero for slots 0 to {@code slots - 1}; those of others are made when they
   * {@link #begin}.
   */
  public ServerCounters(int slots) {
    this.words = new long[slots << STRIDE_BITS];
  }

  /** Counts a frame sent to the server. Event loop. */
  public void forwarded(int slot, int bytes) {
    add(slot, FRAMES, 1);
    add(slot, BYTES, bytes);
  }

  /** Counts a connection that begins, in an active state or not. Event loop. */
  public void opened(int slot, boolean active) {
    add(slot, CONNECTIONS, 1);
    add(slot, LIVE, 1);
    add(slot, active ? ACTIVE : INACTIVE, 1);
    note(slot);
  }

  /** Counts a connection that leaves an active state for an inactive one. Event loop. */
  public void deactivated(int slot) {
    add(slot, ACTIVE, -1);
    add(slot, INACTIVE, 1);
    note(slot);
  }

  /** Counts a connection that leaves an inactive state for an active one. Event loop. */
  public void activated(int slot) {
    add(slot, INACTIVE, -1);
    add(slot, ACTIVE, 1);
    note(slot);
  }

  /** Counts a connection that is forgotten, from an active state or not. Event loop. */
  public void closed(int slot, boolean active) {
    add(slot, active ? ACTIVE : INACTIVE, -1);
    add(slot, LIVE, -1);
    note(slot);
  }

  /**
   * Counts for a slot's holder of that generation from now on, from zero unless it counted for that
   * one before. Event loop.
   */
  public void begin(int slot, int generation) {
    int first = slot << STRIDE_BITS;
    if (first >= words.length) {
      grow(slot);
    }
    if (words[first + HOLDER] != generation + 1L) {
      for (int word = 0; word < HOLDER; word++) {
        WORDS.setOpaque(words, first + word, 0L);
      }
      WORDS.setRelease(words, first + HOLDER, generation + 1L);
      note(slot);
    }
  }

  /**
   * Returns whether the counts may be those of the slot's holder of that generation. Any thread.
   */
  public boolean isOf(int slot, int generation) {
    long[] seen = (long[]) TABLE.getAcquire(this);
    int index = (slot << STRIDE_BITS) + HOLDER;
    long holder = index < seen.length ? (long) WORDS.getAcquire(seen, index) : 0;
    return holder == 0 || holder == generation + 1L;
  }

  /** Returns how many frames were sent to the server. Any thread. */
  public long frames(int slot) {
    return get(slot, FRAMES);
  }

  /** Returns how many bytes, Ethernet headers included, were sent to the server. Any thread. */
  public long bytes(int slot) {
    return get(slot, BYTES);
  }

  /** Returns how many connections the server has taken. Any thread. */
  public long connections(int slot) {
    return get(slot, CONNECTIONS);
  }

  /** Returns how many of the server's connections are active. Any thread. */
  public int active(int slot) {
    return (int) get(slot, ACTIVE);
  }

  /** Returns how many of the server's connections are remembered but inactive. Any thread. */
  public int inactive(int slot) {
    return (int) get(slot, INACTIVE);
  }

  /** Returns whether no connection of the slot is remembered, whoever holds it. Any thread. */
  public boolean isIdle(int slot) {
    return get(slot, LIVE) == 0;
  }

  @Override
  public long end() {
    return logged;
  }

  @Override
  public int kept() {
    return LOG_SIZE;
  }

  @Override
  public int slot(long entry) {
    return log[(int) entry & (LOG_SIZE - 1)];
  }

  /** Returns 0: every change has an entry. */
  @Override
  public long revision() {
    return 0;
  }

  private void grow(int slot) {
    int slots = Math.max(slot + 1, Math.min(words.length >> STRIDE_BITS << 1, Slots.MAXIMUM));
    TABLE.setRelease(this, Arrays.copyOf(words, slots << STRIDE_BITS));
  }

  private void note(int slot) {
    log[(int) logged & (LOG_SIZE - 1)] = slot;
    logged++;
  }

  private long get(int slot, int word) {
    long[] seen = (long[]) TABLE.getAcquire(this);
    int index = (slot << STRIDE_BITS) + word;
    return index < seen.length ? (long) WORDS.getOpaque(seen, index) : 0;
  }

  private void add(int slot, int word, long delta) {
    int index = (slot << STRIDE_BITS) + word;
    WORDS.setOpaque(words, index, words[index] + delta);
  }
}
