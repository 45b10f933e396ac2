package io.dsr.core.scheduler;

import io.dsr.core.FlowView;
import io.dsr.core.Picker;
import io.dsr.core.Scheduler;
import io.dsr.core.Servers;

/**
 * Takes the server of the greatest weight that does not have more active flows than its weight, and
 * of several the first, as {@code ip_vs_ovf.c} does. Where all have, the flow is refused.
 *
 * <p>The load is that of one event loop, and so is the bound: n loops let a server have n times its
 * weight.
 *
 * <p>A pick looks at the servers that are full and at one more. Kernel fast path: needs each
 * server's live count of active flows; without it the packet must go up.
 */
enum Overflow implements Scheduler {
  INSTANCE;

  @Override
  public Picker newPicker(Servers servers) {
    var candidates = Candidates.available(servers);
    return candidates.noneAvailable() ? NoServer.INSTANCE : new Heaviest(servers, candidates);
  }

  @Override
  public String toString() {
    return "ovf";
  }

  private static final class Heaviest implements StatelessPicker {

    private final Servers servers;
    private final Candidates candidates;
    private final int[] byWeight;

    Heaviest(Servers servers, Candidates candidates) {
      this.servers = servers;
      this.candidates = candidates;
      this.byWeight = candidates.byWeight();
    }

    @Override
    public int pick(FlowView flow) {
      for (int rank : byWeight) {
        if (servers.active(candidates.positions[rank]) <= candidates.weights[rank]) {
          return candidates.slots[rank];
        }
      }
      return NONE;
    }
  }
}
