package io.dsr.core.scheduler;

import io.dsr.core.FlowView;

/**
 * The addresses that clients asked for, each with an entry: a number under which a picker keeps
 * what it knows of it. All memory is taken at the start.
 *
 * <p>An address may have one of eight entries, which ones its keyed hash says. Where all eight are
 * in use, the one longest unused is given up.
 */
final class DestinationTable {

  /** Returned for an address without an entry. */
  static final int UNKNOWN = -1;

  private static final int WAYS = 8;

  private final int sets;
  private final long expirationNanos;
  private final boolean[] taken;
  private final long[] high;
  private final long[] low;
  private final long[] used;

  DestinationTable(LocalityOptions options) {
    sets = (options.destinations() + WAYS - 1) / WAYS;
    expirationNanos = options.expiration().toNanos();
    taken = new boolean[sets * WAYS];
    high = new long[taken.length];
    low = new long[taken.length];
    used = new long[taken.length];
  }

  /** Returns how many entries there are; they are numbered from 0. */
  int size() {
    return taken.length;
  }

  /** Returns the entry of the flow's destination, or {@link #UNKNOWN}. */
  int find(FlowView flow, long now) {
    int first = firstWay(flow);
    for (int entry = first; entry < first + WAYS; entry++) {
      if (holds(entry, flow)) {
        return now - used[entry] > expirationNanos ? UNKNOWN : entry;
      }
    }
    return UNKNOWN;
  }

  /** Gives the flow's destination, which has none that it may use, an entry, and returns that. */
  int claim(FlowView flow, long now) {
    int first = firstWay(flow);
    int claimed = first;
    for (int entry = first; entry < first + WAYS; entry++) {
      if (holds(entry, flow)) {
        claimed = entry;
        break;
      }
      claimed = staler(entry, claimed);
    }
    taken[claimed] = true;
    high[claimed] = flow.destinationHigh();
    low[claimed] = flow.destinationLow();
    used[claimed] = now;
    return claimed;
  }

  /** Notes that the entry was used. */
  void touch(int entry, long now) {
    used[entry] = now;
  }

  private int staler(int a, int b) {
    if (!taken[a] || !taken[b]) {
      return taken[b] ? a : b;
    }
    return used[a] - used[b] < 0 ? a : b;
  }

  private boolean holds(int entry, FlowView flow) {
    return taken[entry]
        && low[entry] == flow.destinationLow()
        && high[entry] == flow.destinationHigh();
  }

  private int firstWay(FlowView flow) {
    return WAYS * MaglevTable.entry(flow.destinationHash(), sets);
  }
}
