package io.dsr.core.datapath;

import io.dsr.core.PortRange;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Whose a port is, where services have ranges of ports that may lie within one another: of those
 * that contain it, the smallest. The ranges are cut into pieces that do not overlap, so that a
 * search takes as many steps as the number of pieces has bits. Immutable.
 */
final class PortMap {

  private static final int PORTS = 0x1_0000;

  /** A service's ports. */
  record Entry(PortRange ports, ServiceEntry service) {}

  /** Where each piece begins, in order; the first at 0, and each goes on to the next. */
  private final char[] starts;

  private final @Nullable ServiceEntry[] owners;

  /** Makes a map; of ranges of equal size that overlap, the one that comes first wins. */
  PortMap(List<Entry> entries) {
    var pieces = new TreeMap<Integer, @Nullable ServiceEntry>();
    pieces.put(0, null);
    List<Entry> smallestFirst =
        entries.stream().sorted(Comparator.comparingInt(entry -> entry.ports().size())).toList();
    // What is laid down last lies on top.
    for (Entry entry : smallestFirst.reversed()) {
      int first = entry.ports().first();
      int end = entry.ports().last() + 1;
      ServiceEntry behind = pieces.get(pieces.floorKey(end));
      pieces.subMap(first, end).clear();
      pieces.put(first, entry.service());
      if (end < PORTS) {
        pieces.putIfAbsent(end, behind);
      }
    }
    this.starts = new char[pieces.size()];
    this.owners = new ServiceEntry[pieces.size()];
    int piece = 0;
    for (int start : pieces.keySet()) {
      starts[piece] = (char) start;
      owners[piece] = pieces.get(start);
      piece++;
    }
  }

  /** Returns the service that a port, 0 to 65,535, is of, or null. */
  @Nullable ServiceEntry find(int port) {
    int found = Arrays.binarySearch(starts, (char) port);
    return owners[found >= 0 ? found : -found - 2];
  }
}
