package io.dsr.core.scheduler;

import io.dsr.core.FlowView;

/**
 * The order in which the servers come in a {@link MaglevTable} from a flow's entry on.
 *
 * <p>Where most servers have no room the walk is long, so it ends after as many entries as find a
 * server of average share almost always; then the servers are asked in their order, from the
 * entry's on.
 */
final class MaglevWalk implements Preference {

  private static final int ENTRIES_PER_SERVER = 8;

  private final char[] table;
  private final int ranks;
  private final int longest;
  private final FlowPart part;

  MaglevWalk(char[] table, int ranks, FlowPart part) {
    this.table = table;
    this.ranks = ranks;
    this.longest = Math.min(table.length, ENTRIES_PER_SERVER * ranks);
    this.part = part;
  }

  @Override
  public int first(FlowView flow, Room room) {
    int entry = MaglevTable.entry(part.hash(flow), table.length);
    int at = entry;
    for (int walked = 0; walked < longest; walked++) {
      if (room.at(table[at])) {
        return table[at];
      }
      at = at + 1 == table.length ? 0 : at + 1;
    }
    return firstInOrder(table[entry], room);
  }

  private int firstInOrder(int from, Room room) {
    int rank = from;
    do {
      if (room.at(rank)) {
        return rank;
      }
      rank = rank + 1 == ranks ? 0 : rank + 1;
    } while (rank != from);
    return NOWHERE;
  }
}
