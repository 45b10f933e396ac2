package io.dsr.core.scheduler;

import io.dsr.core.Servers;

/** The load of the servers as {@code ip_vs_lblc.c} and {@code ip_vs_lblcr.c} look at it. */
final class LocalLoad {

  private final Servers servers;
  private final Candidates candidates;
  private final Tournament overheads;
  private final Tournament actives;

  LocalLoad(Servers servers, Candidates candidates) {
    this.servers = servers;
    this.candidates = candidates;
    this.overheads = tournament(Measure.WEIGHTED_OVERHEAD);
    this.actives = tournament(Measure.ACTIVE);
  }

  private Tournament tournament(Measure measure) {
    return new Tournament(servers, measure, candidates.positions, candidates.weights);
  }

  int slot(int rank) {
    return candidates.slots[rank];
  }

  /** Returns the rank that {@link WeightedLeastConnections} takes. */
  int least() {
    return overheads.least();
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

  // If any has, then the one that has the fewest for its weight.
  private boolean anyIdles() {
    int rank = actives.least();
    return 2 * actives.cost(rank) < candidates.weights[rank];
  }

  private long overhead(int rank) {
    return Overhead.of(servers, candidates.positions[rank]);
  }
}
