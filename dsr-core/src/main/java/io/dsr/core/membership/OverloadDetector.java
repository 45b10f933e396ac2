package io.dsr.core.membership;

import static java.util.Objects.requireNonNull;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;

/**
 * Tells which servers are full: at their upper threshold of connections, and not yet relieved.
 *
 * <p>The rule is that of IPVS ({@code net/netfilter/ipvs/ip_vs_conn.c} and {@code ip_vs_ctl.c}): a
 * server becomes overloaded when a flow has brought its connections, active and inactive together,
 * to its upper threshold. It is relieved when they are below its lower one or, without a lower one,
 * below three quarters of the upper; also when the upper threshold is raised above the connections,
 * or taken away. Other than in IPVS, a threshold lowered to the connections or below them takes
 * effect at once, not with one flow more.
 *
 * <p>Each event loop has a watch of its own, which counts the flows of all loops. The own loop's
 * are exact; those of others are as last written, so n loops may together go past a threshold by up
 * to n - 1 flows. All methods are of the event loop, and allocate nothing, unless they say
 * otherwise.
 */
public final class OverloadDetector {

  private static final VarHandle WORDS = MethodHandles.arrayElementVarHandle(long[].class);
  private static final VarHandle VERSION;

  static {
    try {
      VERSION = MethodHandles.lookup().findVarHandle(OverloadDetector.class, "version", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final ServerCounters[] loops;
  private int[] upper;
  private int[] relief;
  private final long[] full;
  private int fullCount;

  @SuppressWarnings("UnusedVariable") // read and written through VERSION
  private int version;

  /**
   * Creates a watch of the only event loop, for slots 0 to {@code slots - 1} without thresholds.
   */
  public OverloadDetector(ServerCounters counters, int slots) {
    this(new ServerCounters[] {counters}, slots);
  }

  /**
   * Creates a watch of one of several event loops, for slots without thresholds.
   *
   * @param loops the counters of every loop, of this one first: one or more
   * @param slots slots 0 to {@code slots - 1} are watched; others from {@link #thresholds} on
   */
  public OverloadDetector(ServerCounters[] loops, int slots) {
    this.loops = requireNonNull(loops, "loops").clone();
    this.upper = new int[slots];
    this.relief = new int[slots];
    this.full = new long[Slots.MAXIMUM / Long.SIZE];
  }

  /** Returns the watches of {@code count} event loops, in their order, all at zero. */
  public static List<OverloadDetector> ofLoops(int count, int slots) {
    List<ServerCounters> counters = new ArrayList<>();
    for (int loop = 0; loop < count; loop++) {
      counters.add(new ServerCounters(slots));
    }
    List<OverloadDetector> watches = new ArrayList<>();
    for (int loop = 0; loop < count; loop++) {
      List<ServerCounters> ownFirst = new ArrayList<>(counters);
      Collections.swap(ownFirst, 0, loop);
      watches.add(new OverloadDetector(ownFirst.toArray(ServerCounters[]::new), slots));
    }
    return watches;
  }

  /** Returns what the event loop itself counts. */
  public ServerCounters counters() {
    return loops[0];
  }

  /**
   * Sets the thresholds of a slot.
   *
   * @param slot whose
   * @param newUpper connections at which it takes no more; 0 for no limit
   * @param newLower connections below which it takes flows again; 0 for three quarters of the upper
   */
  public void thresholds(int slot, int newUpper, int newLower) {
    if (slot >= upper.length) {
      int slots = Math.max(slot + 1, Math.min(upper.length * 2, Slots.MAXIMUM));
      upper = Arrays.copyOf(upper, slots);
      relief = Arrays.copyOf(relief, slots);
    }
    int before = upper[slot];
    upper[slot] = newUpper;
    relief[slot] = newLower > 0 ? newLower : (int) ((newUpper * 3L + 3) / 4);
    if (newUpper == 0) {
      mark(slot, false);
    } else {
      int total = total(slot);
      boolean stays = !admits(slot) && newUpper <= before && total >= relief[slot];
      mark(slot, stays || total >= newUpper);
    }
  }

  /** Returns whether the server of that slot is not overloaded. */
  public boolean admits(int slot) {
    return (full[slot >> 6] & (1L << slot)) == 0;
  }

  /**
   * Takes note that a flow of the slot has been counted, and returns whether that has made its
   * server overloaded.
   */
  public boolean opened(int slot) {
    int limit = upper[slot];
    if (limit == 0 || !admits(slot)) {
      return false;
    }
    if (loops.length > 1) {
      // Of two loops that count a flow each at the same time, one at least has to see both.
      VarHandle.fullFence();
    }
    return total(slot) >= limit && mark(slot, true);
  }

  /**
   * Looks which overloaded servers have been relieved, and returns whether any has. Once a batch,
   * and once a tick for a loop without frames; costs nothing while no server is overloaded.
   */
  public boolean relieved() {
    boolean any = false;
    int left = fullCount;
    for (int word = 0; left > 0; word++) {
      for (long bits = full[word]; bits != 0; bits &= bits - 1) {
        int slot = (word << 6) + Long.numberOfTrailingZeros(bits);
        if (total(slot) < relief[slot]) {
          any |= mark(slot, false);
        }
        left--;
      }
    }
    return any;
  }

  /** Returns whether any server is overloaded. Event loop. */
  public boolean isAnyOverloaded() {
    return fullCount > 0;
  }

  /** Returns the slots of overloaded servers. Any thread; allocates. */
  public BitSet overloaded() {
    long[] words = new long[full.length];
    for (int word = 0; word < words.length; word++) {
      words[word] = (long) WORDS.getOpaque(full, word);
    }
    return BitSet.valueOf(words);
  }

  /**
   * Returns a number that changes whenever {@link #overloaded} does: who reads it first, then finds
   * at least the changes that it counts. Any thread.
   */
  public int version() {
    return (int) VERSION.getAcquire(this);
  }

  private int total(int slot) {
    int total = 0;
    for (ServerCounters loop : loops) {
      total += loop.active(slot) + loop.inactive(slot);
    }
    return total;
  }

  private boolean mark(int slot, boolean overloaded) {
    if (admits(slot) != overloaded) {
      return false;
    }
    WORDS.setOpaque(full, slot >> 6, full[slot >> 6] ^ (1L << slot));
    fullCount += overloaded ? 1 : -1;
    VERSION.setRelease(this, version + 1);
    return true;
  }
}
