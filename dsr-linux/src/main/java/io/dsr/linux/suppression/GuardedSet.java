package io.dsr.linux.suppression;

import io.dsr.linux.AddressPrefix;
import io.dsr.linux.LinuxException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Knows which prefixes a mechanism guards, and moves it to another set: additions first, in
 * batches, and each batch that the mechanism took is remembered. Not thread-safe.
 */
final class GuardedSet {

  /** Carries a change of some prefixes out. */
  @FunctionalInterface
  interface Change {

    /** Changes all of {@code prefixes}. */
    void apply(List<AddressPrefix> prefixes) throws LinuxException;
  }

  private final int batch;
  private final Set<AddressPrefix> guarded = new HashSet<>();

  /** Creates an empty set whose changes are of up to {@code batch} prefixes. */
  GuardedSet(int batch) {
    this.batch = batch;
  }

  /** Makes the set {@code wanted} by way of {@code add} and {@code remove}. */
  void replace(Set<AddressPrefix> wanted, Change add, Change remove) throws LinuxException {
    Set<AddressPrefix> target = Set.copyOf(wanted);
    if (target.size() > HostSuppressor.MAX_VIPS) {
      throw new IllegalArgumentException(
          "vips: " + target.size() + " (expected: at most " + HostSuppressor.MAX_VIPS + ")");
    }
    for (List<AddressPrefix> part : parts(target, guarded)) {
      add.apply(part);
      guarded.addAll(part);
    }
    for (List<AddressPrefix> part : parts(Set.copyOf(guarded), target)) {
      remove.apply(part);
      part.forEach(guarded::remove);
    }
  }

  private List<List<AddressPrefix>> parts(Set<AddressPrefix> all, Set<AddressPrefix> without) {
    List<AddressPrefix> rest = all.stream().filter(a -> !without.contains(a)).toList();
    List<List<AddressPrefix>> parts = new ArrayList<>();
    for (int from = 0; from < rest.size(); from += batch) {
      parts.add(rest.subList(from, Math.min(rest.size(), from + batch)));
    }
    return parts;
  }
}
