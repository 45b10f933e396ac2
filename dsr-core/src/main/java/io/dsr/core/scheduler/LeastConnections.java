package io.dsr.core.scheduler;

import io.dsr.core.FlowView;
import io.dsr.core.Picker;
import io.dsr.core.Scheduler;
import io.dsr.core.Servers;

/**
 * {@code lc}: the server with the least overhead, an active connection counting 256 times as much
 * as an inactive one; of several the first. Source: net/netfilter/ipvs/ip_vs_lc.c and
 * ip_vs_dest_conn_overhead in include/net/ip_vs.h.
 */
record LeastConnections() implements Scheduler {

  private static final int ACTIVE_SHIFT = 8;

  /** Returns how busy the server at {@code position} is. */
  static long overhead(Servers servers, int position) {
    return ((long) servers.active(position) << ACTIVE_SHIFT) + servers.inactive(position);
  }

  @Override
  public Picker newPicker(Servers servers) {
    return new Least(servers, new Eligible(servers));
  }

  @Override
  public String toString() {
    return "lc";
  }

  private static final class Least implements Picker {

    private final Servers servers;
    private final int[] positions;
    private final int[] slots;

    Least(Servers servers, Eligible eligible) {
      this.servers = servers;
      this.positions = eligible.positions();
      this.slots = eligible.slots();
    }

    @Override
    public int pick(FlowView flow) {
      int best = NONE;
      long least = Long.MAX_VALUE;
      for (int i = 0; i < positions.length; i++) {
        long overhead = overhead(servers, positions[i]);
        if (overhead < least) {
          least = overhead;
          best = slots[i];
        }
      }
      return best;
    }
  }
}
