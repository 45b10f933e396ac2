package io.dsr.core.scheduler;

import io.dsr.core.Servers;

/** By what a {@link Tournament} compares servers: a cost, for each unit of weight or not. */
enum Measure {
  /** The {@link Overhead}. */
  OVERHEAD(false),

  /** The {@link Overhead} for the weight. */
  WEIGHTED_OVERHEAD(true),

  /** The active flows, with the new one, for the weight. */
  QUEUE(true),

  /** As {@link #QUEUE}, but all servers without active flows before all others, and alike. */
  IDLE_FIRST(true),

  /** The active flows for the weight. */
  ACTIVE(true),

  /** 1 for a server that has more active flows than its weight, and 0 for the others. */
  FULL(false);

  private final boolean weighted;

  Measure(boolean weighted) {
    this.weighted = weighted;
  }

  /** Returns whether the cost is divided by the weight. */
  boolean isWeighted() {
    return weighted;
  }

  /** Returns the cost of the server at {@code position}, 0 to below 2^40, before any division. */
  long cost(Servers servers, int position, int weight) {
    return switch (this) {
      case OVERHEAD, WEIGHTED_OVERHEAD -> Overhead.of(servers, position);
      case QUEUE -> 1L + servers.active(position);
      case IDLE_FIRST -> idleFirst(servers.active(position));
      case ACTIVE -> servers.active(position);
      case FULL -> servers.active(position) > weight ? 1 : 0;
    };
  }

  private static long idleFirst(int active) {
    return active == 0 ? 0 : 1L + active;
  }
}
