package io.dsr.linux.silence;

import io.dsr.linux.LinuxException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Knows which addresses a mechanism guards, and moves it to another set: additions first, in
 * batches, and each batch that the mechanism took is remembered. Not thread-safe.
 */
final class GuardedSet {

  /** Carries a change of some addresses out. */
  @FunctionalInterface
  interface Change {

    /** Changes all of {@code addresses}, 4 or 16 bytes each, in network byte order. */
    void apply(List<byte[]> addresses) throws LinuxException;
  }

  private final int batch;
  private final Set<InetAddress> guarded = new HashSet<>();

  /** Creates an empty set whose changes are of up to {@code batch} addresses. */
  GuardedSet(int batch) {
    this.batch = batch;
  }

  /** Makes the set {@code wanted} by way of {@code add} and {@code remove}. */
  void replace(Set<InetAddress> wanted, Change add, Change remove) throws LinuxException {
    Set<InetAddress> target = Set.copyOf(wanted);
    if (target.size() > HostSilencer.MAX_VIPS) {
      throw new IllegalArgumentException(
          "vips: " + target.size() + " (expected: <= " + HostSilencer.MAX_VIPS + ")");
    }
    for (List<InetAddress> part : parts(target, guarded)) {
      add.apply(bytes(part));
      guarded.addAll(part);
    }
    for (List<InetAddress> part : parts(Set.copyOf(guarded), target)) {
      remove.apply(bytes(part));
      part.forEach(guarded::remove);
    }
  }

  private List<List<InetAddress>> parts(Set<InetAddress> all, Set<InetAddress> without) {
    List<InetAddress> rest = all.stream().filter(a -> !without.contains(a)).toList();
    List<List<InetAddress>> parts = new ArrayList<>();
    for (int from = 0; from < rest.size(); from += batch) {
      parts.add(rest.subList(from, Math.min(rest.size(), from + batch)));
    }
    return parts;
  }

  private static List<byte[]> bytes(List<InetAddress> addresses) {
    return addresses.stream().map(InetAddress::getAddress).toList();
  }
}
