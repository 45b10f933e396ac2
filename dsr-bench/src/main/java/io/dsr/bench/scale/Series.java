package io.dsr.bench.scale;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntToDoubleFunction;

/**
 * The same work at several sizes, side by side: rounds go from one size to the next, so that a
 * noisy minute is noisy for all of them, and a ratio is that of two neighbours in time.
 */
final class Series {

  private static final int ROUNDS = 7;
  private static final int WARM_UPS = 2;

  private final String group;
  private final String what;
  private final List<Integer> sizes = new ArrayList<>();
  private final List<IntToDoubleFunction> works = new ArrayList<>();

  /**
   * Makes a series without sizes.
   *
   * @param group what it varies, and under which conditions
   * @param what which work it does
   */
  Series(String group, String what) {
    this.group = group;
    this.what = what;
  }

  /**
   * A line of the table.
   *
   * @param group what it varies, and under which conditions
   * @param what which work
   * @param cells one for each size, the smallest first
   */
  record Row(String group, String what, List<Cell> cells) {

    /** Returns the bytes allocated at all sizes. */
    long allocated() {
      return cells.stream().mapToLong(Cell::allocated).sum();
    }
  }

  /**
   * What the work costs at one size: medians of the rounds.
   *
   * @param size how many there are of what the row varies
   * @param nanos nanoseconds a frame
   * @param ratio to the smallest size, each round by itself
   * @param spread the greatest such ratio less the smallest, as a part of their median
   * @param allocated bytes in as many rounds as there are, each like the one that allocated least:
   *     what code that is still to be compiled allocates is not the director's
   */
  record Cell(int size, double nanos, double ratio, double spread, long allocated) {}

  /** Returns how many rounds count. */
  static int rounds() {
    return ROUNDS;
  }

  /**
   * Adds the work at one size.
   *
   * @param work sends as many frames as it is told, and returns the nanoseconds of one
   */
  void add(int size, IntToDoubleFunction work) {
    sizes.add(size);
    works.add(work);
  }

  /** Measures all sizes, each with as many frames a round. */
  Row measure(int frames) {
    var nanos = new double[works.size()][ROUNDS];
    var allocated = new long[works.size()];
    Arrays.fill(allocated, Long.MAX_VALUE);
    for (int round = -WARM_UPS; round < ROUNDS; round++) {
      for (int i = 0; i < nanos.length; i++) {
        IntToDoubleFunction work = works.get(i);
        long before = Machine.allocatedBytes();
        double one = work.applyAsDouble(frames);
        long after = Machine.allocatedBytes();
        if (round >= 0) {
          nanos[i][round] = one;
          allocated[i] = Math.min(allocated[i], after - before);
        }
      }
    }
    List<Cell> cells = new ArrayList<>();
    for (int i = 0; i < nanos.length; i++) {
      cells.add(cell(sizes.get(i), nanos[i], nanos[0], ROUNDS * allocated[i]));
    }
    return new Row(group, what, cells);
  }

  private static Cell cell(int size, double[] nanos, double[] smallest, long allocated) {
    var ratios = new double[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
      ratios[round] = nanos[round] / smallest[round];
    }
    Arrays.sort(ratios);
    double median = ratios[ROUNDS / 2];
    double spread = (ratios[ROUNDS - 1] - ratios[0]) / median;
    double[] sorted = nanos.clone();
    Arrays.sort(sorted);
    return new Cell(size, sorted[ROUNDS / 2], median, spread, allocated);
  }
}
