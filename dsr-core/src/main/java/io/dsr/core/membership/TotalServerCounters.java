package io.dsr.core.membership;

import io.dsr.core.BalancerStatistics.Traffic;
import java.util.List;

/**
 * What all event loops together count for each server slot. Any thread.
 *
 * <p>An event loop that has not heard yet who has a slot now still counts for the one before: what
 * it has counted is not the new holder's.
 */
public final class TotalServerCounters {

  private final List<ServerCounters> loops;

  /** Creates a tally of these loops' counters. */
  public TotalServerCounters(List<ServerCounters> loops) {
    this.loops = List.copyOf(loops);
  }

  /** Returns what was sent to the slot's holder of that generation, and its connections. */
  public Traffic of(int slot, int generation) {
    long frames = 0;
    long bytes = 0;
    long active = 0;
    long inactive = 0;
    long connections = 0;
    for (ServerCounters loop : loops) {
      if (loop.isOf(slot, generation)) {
        frames += loop.frames(slot);
        bytes += loop.bytes(slot);
        active += loop.active(slot);
        inactive += loop.inactive(slot);
        connections += loop.connections(slot);
      }
    }
    return new Traffic(frames, bytes, active, inactive, connections);
  }

  /**
   * Returns whether no flow of the slot is remembered, whoever holds it. Exact if no loop can give
   * it another flow.
   */
  public boolean isIdle(int slot) {
    for (ServerCounters loop : loops) {
      if (!loop.isIdle(slot)) {
        return false;
      }
    }
    return true;
  }
}
