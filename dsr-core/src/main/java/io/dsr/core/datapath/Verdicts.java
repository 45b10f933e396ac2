package io.dsr.core.datapath;

import io.dsr.core.Verdict;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.EnumMap;
import java.util.Map;

/**
 * How often one event loop gave each {@link Verdict}. That loop alone counts; any thread may read.
 */
@SuppressWarnings("EnumOrdinal") // the ordinal is where a verdict is counted
public final class Verdicts {

  private static final VarHandle COUNTS = MethodHandles.arrayElementVarHandle(long[].class);
  private static final Verdict[] ALL = Verdict.values();

  /** One count a verdict, and one for fragments that were released. */
  private final long[] counts = new long[ALL.length + 1];

  /** Creates counts of zero. */
  public Verdicts() {}

  /** Counts one frame and returns its verdict. Event loop. */
  Verdict count(Verdict verdict) {
    add(verdict.ordinal());
    return verdict;
  }

  /** Counts a fragment, held until now, that is forwarded. Event loop. */
  void countReleased() {
    add(Verdict.FORWARD_FRAGMENT.ordinal());
    add(ALL.length);
  }

  private void add(int index) {
    COUNTS.setOpaque(counts, index, counts[index] + 1);
  }

  /**
   * Returns how many fragments, held until the first of their datagram came, were forwarded then:
   * each is counted as held and as forwarded. Any thread.
   */
  public long released() {
    return (long) COUNTS.getOpaque(counts, ALL.length);
  }

  /** Returns how many frames had that verdict. Any thread. */
  public long of(Verdict verdict) {
    return (long) COUNTS.getOpaque(counts, verdict.ordinal());
  }

  /** Returns how many frames had each verdict, zeros too. Any thread. */
  public Map<Verdict, Long> snapshot() {
    Map<Verdict, Long> snapshot = new EnumMap<>(Verdict.class);
    for (Verdict verdict : ALL) {
      snapshot.put(verdict, of(verdict));
    }
    return snapshot;
  }
}
