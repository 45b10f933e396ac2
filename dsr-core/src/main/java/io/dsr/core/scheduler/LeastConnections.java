package io.dsr.core.scheduler;

import io.dsr.core.FlowView;
import io.dsr.core.Picker;
import io.dsr.core.Scheduler;
import io.dsr.core.Servers;

/**
 * Takes the server of least {@link Overhead}, and of several the first, as {@code ip_vs_lc.c} does.
 *
 * <p>A pick looks at every server that may take a new flow. Kernel fast path: needs each server's
 * live counts of active and inactive flows; without them the packet must go up.
 */
enum LeastConnections implements Scheduler {
  INSTANCE;

  @Override
  public Picker newPicker(Servers servers) {
    var candidates = Candidates.available(servers);
    return candidates.noneAvailable() ? NoServer.INSTANCE : new Least(servers, candidates);
  }

  @Override
  public String toString() {
    return "lc";
  }

  private static final class Least implements StatelessPicker {

    private final Servers servers;
    private final int[] positions;
    private final int[] slots;

    Least(Servers servers, Candidates candidates) {
      this.servers = servers;
      positions = candidates.positions;
      slots = candidates.slots;
    }

    @Override
    public int pick(FlowView flow) {
      int least = 0;
      long leastOverhead = Overhead.of(servers, positions[0]);
      for (int rank = 1; rank < positions.length; rank++) {
        long overhead = Overhead.of(servers, positions[rank]);
        if (overhead < leastOverhead) {
          least = rank;
          leastOverhead = overhead;
        }
      }
      return slots[least];
    }
  }
}
