package io.dsr.core.scheduler;

import io.dsr.core.FlowView;
import io.dsr.core.Picker;
import io.dsr.core.Scheduler;
import io.dsr.core.Servers;

/**
 * {@code wlc}: the server with the least overhead for its weight, counted as {@link
 * LeastConnections} counts it; of several the first. Two are compared by cross-multiplication, so
 * that nothing is rounded. Source: net/netfilter/ipvs/ip_vs_wlc.c.
 */
record WeightedLeastConnections() implements Scheduler {

  @Override
  public Picker newPicker(Servers servers) {
    return new Least(servers, new Eligible(servers));
  }

  @Override
  public String toString() {
    return "wlc";
  }

  private static final class Least implements Picker {

    private final Servers servers;
    private final int[] positions;
    private final int[] slots;
    private final int[] weights;

    Least(Servers servers, Eligible eligible) {
      this.servers = servers;
      this.positions = eligible.positions();
      this.slots = eligible.slots();
      this.weights = eligible.weights();
    }

    @Override
    public int pick(FlowView flow) {
      int best = NONE;
      long least = 0;
      long leastWeight = 0;
      for (int i = 0; i < positions.length; i++) {
        long overhead = LeastConnections.overhead(servers, positions[i]);
        if (best == NONE || least * weights[i] > overhead * leastWeight) {
          best = slots[i];
          least = overhead;
          leastWeight = weights[i];
        }
      }
      return best;
    }
  }
}
