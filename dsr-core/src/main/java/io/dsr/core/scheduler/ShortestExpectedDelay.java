package io.dsr.core.scheduler;

import io.dsr.core.FlowView;
import io.dsr.core.Picker;
import io.dsr.core.Scheduler;
import io.dsr.core.Servers;

/**
 * Takes the server that has the fewest active flows for its weight once the new one is counted,
 * {@code (active + 1) / weight}, and of several the first, as {@code ip_vs_sed.c} does. So an idle
 * light server does not go before an idle heavy one.
 *
 * <p>A pick looks at every server that may take a new flow. Kernel fast path: needs each server's
 * live count of active flows; without it the packet must go up.
 */
enum ShortestExpectedDelay implements Scheduler {
  INSTANCE;

  @Override
  public Picker newPicker(Servers servers) {
    var candidates = Candidates.available(servers);
    return candidates.noneAvailable() ? NoServer.INSTANCE : new Shortest(servers, candidates);
  }

  @Override
  public String toString() {
    return "sed";
  }

  /** Returns the rank of the server that this scheduler takes; there must be one. */
  static int shortest(Servers servers, int[] positions, int[] weights) {
    int shortest = 0;
    long shortestQueue = 1L + servers.active(positions[0]);
    for (int rank = 1; rank < positions.length; rank++) {
      long queue = 1L + servers.active(positions[rank]);
      if (shortestQueue * weights[rank] > queue * weights[shortest]) {
        shortest = rank;
        shortestQueue = queue;
      }
    }
    return shortest;
  }

  private static final class Shortest implements StatelessPicker {

    private final Servers servers;
    private final int[] positions;
    private final int[] slots;
    private final int[] weights;

    Shortest(Servers servers, Candidates candidates) {
      this.servers = servers;
      positions = candidates.positions;
      slots = candidates.slots;
      weights = candidates.weights;
    }

    @Override
    public int pick(FlowView flow) {
      return slots[shortest(servers, positions, weights)];
    }
  }
}
