package io.dsr.core.datapath;

import io.dsr.core.PortRange;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Whose a port is, where services have ranges of ports that may lie within one another: of those
 * that contain it, the smallest. Immutable.
 *
 * <p>The ranges are cut into pieces that do not overlap, and the ports into buckets of equal size,
 * at least eight times as many as there are pieces. A bucket knows the piece that it begins in, so
 * most searches end there; the others bisect the few pieces of one bucket. That takes 16 bytes a
 * piece, and 128 KiB at most.
 */
final class PortMap {

  private static final int PORTS = 0x1_0000;
  private static final int PORT_BITS = 16;
  private static final int BUCKETS_PER_PIECE = 8;

  /** A service's ports. */
  record Entry(PortRange ports, ServiceEntry service) {}

  /** Where each piece begins, in order; the first at 0, and each goes on to the next. */
  private final char[] starts;

  private final @Nullable ServiceEntry[] owners;

  /** The piece in which each bucket of {@code 1 << shift} ports begins, and behind all the last. */
  private final char[] buckets;

  private final int shift;

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
    int bits = Integer.SIZE - Integer.numberOfLeadingZeros(BUCKETS_PER_PIECE * starts.length - 1);
    this.shift = Math.max(0, PORT_BITS - bits);
    this.buckets = buckets(starts, shift);
  }

  private PortMap(PortMap map, @Nullable ServiceEntry[] owners) {
    this.starts = map.starts;
    this.owners = owners;
    this.buckets = map.buckets;
    this.shift = map.shift;
  }

  /** Returns this map with other services in the place of some, by the service that was there. */
  PortMap replace(UnaryOperator<ServiceEntry> successor) {
    var successors = owners.clone();
    for (int piece = 0; piece < successors.length; piece++) {
      ServiceEntry owner = successors[piece];
      successors[piece] = owner == null ? null : successor.apply(owner);
    }
    return new PortMap(this, successors);
  }

  /** Returns the service that a port, 0 to 65,535, is of, or null. */
  @Nullable ServiceEntry find(int port) {
    int bucket = port >>> shift;
    int piece = buckets[bucket];
    int last = buckets[bucket + 1];
    while (piece < last) {
      int middle = (piece + last + 1) >>> 1;
      if (starts[middle] <= port) {
        piece = middle;
      } else {
        last = middle - 1;
      }
    }
    return owners[piece];
  }

  private static char[] buckets(char[] starts, int shift) {
    int count = PORTS >>> shift;
    var buckets = new char[count + 1];
    int piece = 0;
    for (int bucket = 0; bucket < count; bucket++) {
      while (piece + 1 < starts.length && starts[piece + 1] <= bucket << shift) {
        piece++;
      }
      buckets[bucket] = (char) piece;
    }
    buckets[count] = (char) (starts.length - 1);
    return buckets;
  }
}
