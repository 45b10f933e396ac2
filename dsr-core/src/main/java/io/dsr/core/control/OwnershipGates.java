package io.dsr.core.control;

import io.dsr.core.IpPrefix;
import io.dsr.core.datapath.VipGates;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * Sets the gates of VIPs as ownership says. A VIP that goes keeps its deadline until no event loop
 * forwards by a service table that has it: a VIP that another balancer owns does not open on its
 * way out, and one that is ours does not close before its services are gone.
 *
 * <p>Control thread.
 */
final class OwnershipGates {

  private final VipGates gates;

  /** The deadlines of VIPs that are gone, but may still be in a service table that is in use. */
  private Map<IpPrefix, Long> leaving = Map.of();

  OwnershipGates(VipGates gates) {
    this.gates = gates;
  }

  /** Sets the gates for another ownership of the same VIPs. */
  void own(Ownership next, Set<IpPrefix> vips) {
    if (next.equals(Ownership.NONE)) {
      leaving = Map.of(); // nothing is ours, nor what leaves
    }
    set(next, vips);
  }

  /**
   * Sets the gates for other VIPs, before event loops get their service tables.
   *
   * @param before what was owned, of the VIPs that go too
   * @param next what is owned
   * @param going the VIPs that no service has any more
   * @param vips all VIPs that there are then
   */
  void move(Ownership before, Ownership next, Set<IpPrefix> going, Set<IpPrefix> vips) {
    Map<IpPrefix, Long> left = new HashMap<>(leaving);
    left.keySet().removeAll(vips);
    if (before.hasDeadlines()) {
      going.forEach(vip -> left.put(vip, before.deadline(vip)));
    }
    leaving = Map.copyOf(left);
    set(next, vips);
  }

  /** Forgets VIPs that are gone: no event loop has them any more. */
  void retire(Ownership now, Set<IpPrefix> vips) {
    if (!leaving.isEmpty()) {
      leaving = Map.of();
      set(now, vips);
    }
  }

  private void set(Ownership now, Set<IpPrefix> vips) {
    gates.set(now.gates(vips, leaving));
  }
}
