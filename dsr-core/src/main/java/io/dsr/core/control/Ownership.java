package io.dsr.core.control;

import io.dsr.core.IpPrefix;
import io.dsr.core.datapath.VipGates;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Until when we own which VIPs, whether services have them or not.
 *
 * @param deadlines clock readings in nanoseconds, {@link VipGates#FOREVER} or {@link
 *     VipGates#CLOSED}, of VIPs that are not as all others
 * @param others the deadline of all other VIPs
 */
public record Ownership(Map<IpPrefix, Long> deadlines, long others) {

  /** All VIPs are owned for good. */
  public static final Ownership ALL = new Ownership(Map.of(), VipGates.FOREVER);

  /** No VIP is owned. */
  public static final Ownership NONE = new Ownership(Map.of(), VipGates.CLOSED);

  /** Copies the map. */
  public Ownership {
    deadlines = Map.copyOf(deadlines);
  }

  /** Returns the same, but for some VIPs another deadline. */
  Ownership with(Collection<IpPrefix> vips, long deadline) {
    Map<IpPrefix, Long> changed = new HashMap<>(deadlines);
    vips.forEach(vip -> changed.put(vip, deadline));
    return new Ownership(changed, others);
  }

  /** Returns the same without VIPs that no longer exist. */
  Ownership retain(Set<IpPrefix> vips) {
    if (vips.containsAll(deadlines.keySet())) {
      return this;
    }
    Map<IpPrefix, Long> left = new HashMap<>(deadlines);
    left.keySet().retainAll(vips);
    return new Ownership(left, others);
  }

  /** Returns those of the VIPs that we own now. */
  Set<IpPrefix> owned(Set<IpPrefix> vips, long nowNanos) {
    if (deadlines.isEmpty()) {
      return VipGates.Deadlines.isOpen(others, nowNanos) ? vips : Set.of();
    }
    return vips.stream()
        .filter(vip -> VipGates.Deadlines.isOpen(deadline(vip), nowNanos))
        .collect(Collectors.toUnmodifiableSet());
  }

  /** Returns whether any VIP is not as all others. */
  boolean hasDeadlines() {
    return !deadlines.isEmpty();
  }

  /** Returns the deadline of a VIP. */
  long deadline(IpPrefix vip) {
    return deadlines.getOrDefault(vip, others);
  }

  /**
   * Returns the gates of these VIPs, of some with deadlines of their own, and of those that may
   * come.
   */
  VipGates.Deadlines gates(Set<IpPrefix> vips, Map<IpPrefix, Long> leaving) {
    if (leaving.isEmpty()) {
      return VipGates.Deadlines.of(vips, deadlines, others);
    }
    Set<IpPrefix> all = new HashSet<>(vips);
    all.addAll(leaving.keySet());
    Map<IpPrefix, Long> own = new HashMap<>(deadlines);
    own.putAll(leaving);
    return VipGates.Deadlines.of(all, own, others);
  }
}
