package io.dsr.core.scheduler;

/** Draws servers with chances by weight. A draw halves the list until one is left. */
final class Lottery {

  private final long[] bounds;
  private final Draws draws;

  /**
   * Creates a lottery.
   *
   * @param weights at least one, all above 0
   */
  Lottery(int[] weights, Draws draws) {
    this.draws = draws;
    this.bounds = new long[weights.length];
    long sum = 0;
    for (int rank = 0; rank < weights.length; rank++) {
      sum += weights[rank];
      bounds[rank] = sum;
    }
  }

  /** Returns a rank. */
  int draw() {
    long ticket = draws.below(bounds[bounds.length - 1]);
    int low = 0;
    int high = bounds.length - 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (bounds[middle] > ticket) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }
}
