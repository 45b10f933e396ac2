package io.dsr.core.scheduler;

import io.dsr.core.FlowView;
import io.dsr.core.Picker;
import io.dsr.core.Scheduler;
import io.dsr.core.Servers;

/**
 * Takes the server of least {@link Overhead} for its weight, and of several the first, as {@code
 * ip_vs_wlc.c} does: fractions are compared by cross-multiplication, so none is rounded.
 *
 * <p>A pick looks at every server that may take a new flow. Kernel fast path: needs each server's
 * live counts of active and inactive flows; without them the packet must go up.
 */
enum WeightedLeastConnections implements Scheduler {
  INSTANCE;

  @Override
  public Picker newPicker(Servers servers) {
    var candidates = Candidates.available(servers);
    return candidates.noneAvailable() ? NoServer.INSTANCE : new Least(servers, candidates);
  }

  @Override
  public String toString() {
    return "wlc";
  }

  /** Returns the rank of the server that this scheduler takes; there must be one. */
  static int least(Servers servers, int[] positions, int[] weights) {
    int least = 0;
    long leastOverhead = Overhead.of(servers, positions[0]);
    for (int rank = 1; rank < positions.length; rank++) {
      long overhead = Overhead.of(servers, positions[rank]);
      // Below 2^40 times 2^16: no product overflows.
      if (leastOverhead * weights[rank] > overhead * weights[least]) {
        least = rank;
        leastOverhead = overhead;
      }
    }
    return least;
  }

  private static final class Least implements StatelessPicker {

    private final Servers servers;
    private final int[] positions;
    private final int[] slots;
    private final int[] weights;

    Least(Servers servers, Candidates candidates) {
      this.servers = servers;
      positions = candidates.positions;
      slots = candidates.slots;
      weights = candidates.weights;
    }

    @Override
    public int pick(FlowView flow) {
      return slots[least(servers, positions, weights)];
    }
  }
}
