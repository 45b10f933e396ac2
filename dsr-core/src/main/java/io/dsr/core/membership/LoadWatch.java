package io.dsr.core.membership;

import static java.util.Objects.requireNonNull;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.BitSet;

/**
 * Which servers of one event loop are at their upper thresholds.
 *
 * <p>A server becomes full with the flow that brings its connections, active and inactive ones
 * together, to the upper threshold; it is asked again when they are fewer than the lower one, or
 * without a lower one, fewer than three quarters of the upper ({@code ip_vs_dest_totalconns} in
 * {@code net/netfilter/ipvs/ip_vs_conn.c}). With several event loops the connections of all count.
 *
 * <p>The event loop writes; any thread may ask for {@link #version} and {@link #overloaded}.
 * Allocates nothing on the event loop. A kernel fast path needs nothing of it: a full server has an
 * effective weight of 0, and new flows are handed up.
 */
public final class LoadWatch {

  private static final VarHandle VERSION;
  private static final VarHandle WORDS = MethodHandles.arrayElementVarHandle(long[].class);

  static {
    try {
      VERSION = MethodHandles.lookup().findVarHandle(LoadWatch.class, "version", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final ServerCounters counters;
  private final ServerCounters[] others;
  private final int[] upper;
  private final int[] lower;
  private final long[] full;
  private int fullServers;
  private int version;

  /**
   * Creates a watch for slots 0 to {@code slots - 1}, none of which has a threshold.
   *
   * @param counters what the event loop counts
   * @param others what the other event loops count
   */
  public LoadWatch(ServerCounters counters, int slots, ServerCounters... others) {
    this.counters = requireNonNull(counters, "counters");
    this.others = others.clone();
    this.upper = new int[slots];
    this.lower = new int[slots];
    this.full = new long[(slots + Long.SIZE - 1) / Long.SIZE];
  }

  /** Returns what the event loop counts. */
  public ServerCounters counters() {
    return counters;
  }

  /**
   * Sets the thresholds of a slot, as in {@link io.dsr.core.RealServer}. Event loop, between two
   * batches.
   */
  public void thresholds(int slot, int upperThreshold, int lowerThreshold) {
    upper[slot] = upperThreshold;
    lower[slot] = lowerThreshold;
    if (upperThreshold == 0 && !admits(slot)) {
      mark(slot, false);
    } else {
      opened(slot);
    }
  }

  /** Returns whether a server is not full. Event loop. */
  public boolean admits(int slot) {
    return (full[slot >> 6] & (1L << slot)) == 0;
  }

  /**
   * Takes note that a flow of the server has been counted; returns whether it became full by that.
   * Event loop.
   */
  public boolean opened(int slot) {
    int most = upper[slot];
    if (most == 0 || !admits(slot) || total(slot) < most) {
      return false;
    }
    mark(slot, true);
    return true;
  }

  /** Looks whether full servers have room again; returns whether any has. Once a batch. */
  public boolean relieved() {
    if (fullServers == 0) {
      return false;
    }
    int before = fullServers;
    for (int word = 0; word < full.length; word++) {
      for (long bits = full[word]; bits != 0; bits &= bits - 1) {
        int slot = (word << 6) + Long.numberOfTrailingZeros(bits);
        if (hasRoom(slot)) {
          mark(slot, false);
        }
      }
    }
    return fullServers != before;
  }

  /** Returns a number that changes whenever a server becomes full, or has room again. */
  public int version() {
    return (int) VERSION.getAcquire(this);
  }

  /** Returns the slots of full servers. Any thread; later than a {@link #version} read before. */
  public BitSet overloaded() {
    long[] words = new long[full.length];
    Arrays.setAll(words, word -> (long) WORDS.getOpaque(full, word));
    return BitSet.valueOf(words);
  }

  private boolean hasRoom(int slot) {
    long total = total(slot);
    return lower[slot] > 0 ? total < lower[slot] : total * 4 < upper[slot] * 3L;
  }

  private long total(int slot) {
    long total = (long) counters.active(slot) + counters.inactive(slot);
    for (ServerCounters other : others) {
      total += (long) other.active(slot) + other.inactive(slot);
    }
    return total;
  }

  private void mark(int slot, boolean now) {
    int word = slot >> 6;
    long bit = 1L << slot;
    WORDS.setOpaque(full, word, now ? full[word] | bit : full[word] & ~bit);
    fullServers += now ? 1 : -1;
    VERSION.setRelease(this, version + 1);
  }
}
