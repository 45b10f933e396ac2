package io.dsr.core;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * A set of service keys, no two of which conflict ({@link ServiceKey#conflictsWith}): of the ports
 * of one protocol and VIP, two ranges lie apart, or one within the other.
 *
 * <p>A key is checked against all others in the logarithm of their number, and as many steps as it
 * has ranges directly within its own. Not safe for several threads.
 */
public final class ServiceKeys {

  private final Map<Place, Ranges> places = new HashMap<>();

  private record Place(Protocol protocol, IpPrefix vip) {}

  /** Ranges that lie apart or within one another. */
  private static final class Ranges {

    /** The first port of ranges, and the largest last port of those. */
    private final TreeMap<Integer, Integer> byFirst = new TreeMap<>();

    /** The last port of ranges, and the smallest first port of those. */
    private final TreeMap<Integer, Integer> byLast = new TreeMap<>();

    private final Set<PortRange> all = new HashSet<>();
  }

  /** Creates an empty set. */
  public ServiceKeys() {}

  /** Returns the key of this set that another one conflicts with, empty if none does. */
  public Optional<ServiceKey> conflict(ServiceKey key) {
    Ranges ranges = places.get(new Place(key.protocol(), key.vip()));
    return ranges == null
        ? Optional.empty()
        : conflict(ranges, key.ports())
            .map(ports -> new ServiceKey(key.protocol(), key.vip(), ports));
  }

  /** Adds a key, or returns the one of this set that it conflicts with, and adds nothing. */
  public Optional<ServiceKey> add(ServiceKey key) {
    Optional<ServiceKey> other = conflict(key);
    if (other.isPresent()) {
      return other;
    }
    Ranges ranges =
        places.computeIfAbsent(new Place(key.protocol(), key.vip()), place -> new Ranges());
    PortRange ports = key.ports();
    ranges.byFirst.merge(ports.first(), ports.last(), Math::max);
    ranges.byLast.merge(ports.last(), ports.first(), Math::min);
    ranges.all.add(ports);
    return Optional.empty();
  }

  private static Optional<PortRange> conflict(Ranges ranges, PortRange ports) {
    if (ranges.all.contains(ports)) {
      return Optional.of(ports);
    }
    int first = ports.first();
    int last = ports.last();
    // Of ranges that begin inside, the outermost end inside too, or they cross the end.
    var inside = ranges.byFirst.higherEntry(first);
    while (inside != null && inside.getKey() <= last) {
      if (inside.getValue() > last) {
        return Optional.of(new PortRange(inside.getKey(), inside.getValue()));
      }
      inside = ranges.byFirst.higherEntry(inside.getValue());
    }
    // Of ranges that end inside, the outermost begin inside too, or they cross the beginning.
    var ending = ranges.byLast.lowerEntry(last);
    while (ending != null && ending.getKey() >= first) {
      if (ending.getValue() < first) {
        return Optional.of(new PortRange(ending.getValue(), ending.getKey()));
      }
      ending = ranges.byLast.lowerEntry(ending.getValue());
    }
    return Optional.empty();
  }
}
