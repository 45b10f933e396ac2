package io.dsr.core.scheduler;

import io.dsr.core.Servers;

/** The load of the servers as {@code ip_vs_lblc.c} and {@code ip_vs_lblcr.c} look at it. */
final class LocalLoad {

  private final Servers servers;
  private final Candidates candidates;

  LocalLoad(Servers servers, Candidates candidates) {
    this.servers = servers;
    this.candidates = candidates;
  }

  int slot(int rank) {
    return candidates.slots[rank];
  }

  /** Returns the rank that {@link WeightedLeastConnections} takes. */
  int least() {
    return WeightedLeastConnections.least(servers, candidates.positions, candidates.weights);
  }

  /** Returns whether {@code a} has less overhead for its weight than {@code b}. */
  boolean less(int a, int b) {
    return overhead(a) * candidates.weights[b] < overhead(b) * candidates.weights[a];
  }

  /**
   * Returns whether {@code rank} has more active flows than its weight, while another server has
   * less than half as many as its own.
   */
  boolean overloaded(int rank) {
    return servers.active(candidates.positions[rank]) > candidates.weights[rank] && anyIdles();
  }

  private boolean anyIdles() {
    for (int rank = 0; rank < candidates.positions.length; rank++) {
      if (2L * servers.active(candidates.positions[rank]) < candidates.weights[rank]) {
        return true;
      }
    }
    return false;
  }

  private long overhead(int rank) {
    return Overhead.of(servers, candidates.positions[rank]);
  }
}
