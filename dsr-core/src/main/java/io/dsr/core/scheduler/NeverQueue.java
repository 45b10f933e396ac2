package io.dsr.core.scheduler;

import io.dsr.core.FlowView;
import io.dsr.core.Picker;
import io.dsr.core.Scheduler;
import io.dsr.core.Servers;

/**
 * Takes the first server without active flows, whatever its weight, and where there is none that of
 * {@link ShortestExpectedDelay}, as {@code ip_vs_nq.c} does.
 *
 * <p>A pick looks at every server that may take a new flow, up to twice. Kernel fast path: needs
 * each server's live count of active flows; without it the packet must go up.
 */
enum NeverQueue implements Scheduler {
  INSTANCE;

  @Override
  public Picker newPicker(Servers servers) {
    var candidates = Candidates.available(servers);
    return candidates.noneAvailable() ? NoServer.INSTANCE : new IdleFirst(servers, candidates);
  }

  @Override
  public String toString() {
    return "nq";
  }

  private static final class IdleFirst implements StatelessPicker {

    private final Servers servers;
    private final int[] positions;
    private final int[] slots;
    private final int[] weights;

    IdleFirst(Servers servers, Candidates candidates) {
      this.servers = servers;
      positions = candidates.positions;
      slots = candidates.slots;
      weights = candidates.weights;
    }

    @Override
    public int pick(FlowView flow) {
      for (int rank = 0; rank < positions.length; rank++) {
        if (servers.active(positions[rank]) == 0) {
          return slots[rank];
        }
      }
      return slots[ShortestExpectedDelay.shortest(servers, positions, weights)];
    }
  }
}
