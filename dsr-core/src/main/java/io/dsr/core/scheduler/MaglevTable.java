package io.dsr.core.scheduler;

import io.dsr.core.FlowView;
import io.dsr.core.Picker;
import io.dsr.core.Servers;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The lookup table of Maglev hashing (D. E. Eisenbud et al.: "Maglev: A Fast and Reliable Software
 * Network Load Balancer", NSDI 2016, section 3.4).
 *
 * <p>Every server has its own permutation of the entries, made of an offset and a skip that are
 * hashes of its address under {@link Servers#hashKey}: slots play no part, so balancers whose slots
 * differ make the same table. The servers take turns, in the order of their addresses, to claim the
 * next entry of their permutation that is free, until none is.
 *
 * <p>Weights are those of katran's second version: at each turn a server's weight is added to what
 * is due to it, and it claims an entry when that reaches the greatest weight. Servers of equal
 * weight have equally many entries, give or take one. A share smaller than an entry may be none.
 *
 * <p>A table of M entries costs about M log M steps, and as many turns as there are servers for
 * each entry of the heaviest.
 */
final class MaglevTable {

  private static final char FREE = '\uffff';
  private static final int OFFSET = 1;
  private static final int SKIP = 2;

  private MaglevTable() {}

  /**
   * Returns a picker that looks {@code part} of each flow up in a table of {@code candidates}.
   *
   * @throws IllegalArgumentException if there are more candidates than entries, or than 65535
   */
  static Picker picker(Servers servers, Candidates candidates, int tableSize, FlowPart part) {
    return candidates.noneAvailable()
        ? NoServer.INSTANCE
        : new Lookup(of(servers, candidates, tableSize), candidates.slots, part);
  }

  /** Returns the rank among {@code candidates} that each entry belongs to. */
  static char[] of(Servers servers, Candidates candidates, int tableSize) {
    int most = Math.min(tableSize, FREE);
    if (candidates.size() > most) {
      throw new IllegalArgumentException(
          "real servers: " + candidates.size() + " (expected: at most " + most + " for mh)");
    }
    return fill(
        tableSize,
        hashes(servers, candidates, OFFSET, tableSize),
        Arrays.stream(hashes(servers, candidates, SKIP, tableSize - 1)).map(h -> h + 1).toArray(),
        candidates.weights);
  }

  /**
   * Fills a table of {@code size} entries, a prime number, with ranks.
   *
   * @param offsets where the permutation of each rank starts, 0 to {@code size - 1}
   * @param skips the steps that it takes, 1 to {@code size - 1}
   * @param weights at least one, all above 0
   */
  static char[] fill(int size, int[] offsets, int[] skips, int[] weights) {
    char[] table = new char[size];
    Arrays.fill(table, FREE);
    int heaviest = IntStream.of(weights).max().orElseThrow();
    int[] due = new int[weights.length];
    int[] next = offsets.clone();
    int free = size;
    for (int rank = 0; free > 0; rank = rank + 1 == weights.length ? 0 : rank + 1) {
      due[rank] += weights[rank];
      if (due[rank] >= heaviest) {
        due[rank] -= heaviest;
        next[rank] = claim(table, next[rank], skips[rank], rank);
        free--;
      }
    }
    return table;
  }

  /** Returns the entry that {@code hash} leads to. */
  static int entry(long hash, int size) {
    // The high half, scaled to the table: no division, and easy to repeat in a kernel program.
    return (int) (((hash >>> 32) * size) >>> 32);
  }

  /** Gives {@code rank} the first free entry from {@code from} on, and returns that entry. */
  private static int claim(char[] table, int from, int skip, int rank) {
    int entry = from;
    while (table[entry] != FREE) {
      entry += skip;
      entry = entry < table.length ? entry : entry - table.length;
    }
    table[entry] = (char) rank;
    return entry;
  }

  private static int[] hashes(Servers servers, Candidates candidates, int purpose, int bound) {
    return IntStream.of(candidates.positions)
        .map(at -> (int) Long.remainderUnsigned(AddressHash.of(servers, at, purpose), bound))
        .toArray();
  }

  private static final class Lookup implements StatelessPicker {

    private final char[] table;
    private final int[] slots;
    private final FlowPart part;

    Lookup(char[] table, int[] slots, FlowPart part) {
      this.table = table;
      this.slots = slots;
      this.part = part;
    }

    @Override
    public boolean isShareable() {
      return true;
    }

    @Override
    public int pick(FlowView flow) {
      return slots[table[entry(part.hash(flow), table.length)]];
    }
  }
}
