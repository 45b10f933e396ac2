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

  private final long[] counts = new long[ALL.length];

  /** Creates counts of zero. */
  public Verdicts() {}

  /** Counts one frame and returns its verdict. Event loop. */
  Verdict count(Verdict verdict) {
    int index = verdict.ordinal();
    COUNTS.setOpaque(counts, index, counts[index] + 1);
    return verdict;
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
