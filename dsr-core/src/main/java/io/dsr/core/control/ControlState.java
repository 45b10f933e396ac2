package io.dsr.core.control;

import io.dsr.core.IpPrefix;
import io.dsr.core.datapath.ServiceTable;
import io.dsr.core.membership.Membership;
import java.util.List;
import java.util.Set;

/**
 * All that is in force, as one value. Any thread may read it.
 *
 * @param membership the services and who serves them
 * @param serviceTables the service table of each event loop, in their order
 * @param vips the VIPs, and networks of VIPs, of all services but the removed ones
 * @param ownership until when we own which VIPs
 * @param owned those of the VIPs that are owned: their frames are forwarded, and they are answered
 *     for; a gate that has closed by itself since is still among them
 * @param departed what was counted for those who are in force no more
 */
public record ControlState(
    Membership membership,
    List<ServiceTable> serviceTables,
    Set<IpPrefix> vips,
    Ownership ownership,
    Set<IpPrefix> owned,
    Departed departed) {

  /** Copies the collections. */
  public ControlState {
    serviceTables = List.copyOf(serviceTables);
    vips = Set.copyOf(vips);
    owned = Set.copyOf(owned);
  }

  ControlState with(Membership other) {
    return new ControlState(other, serviceTables, vips, ownership, owned, departed);
  }

  ControlState with(List<ServiceTable> others) {
    return new ControlState(membership, others, vips, ownership, owned, departed);
  }

  ControlState with(Ownership other, Set<IpPrefix> ownedThen) {
    return new ControlState(membership, serviceTables, vips, other, ownedThen, departed);
  }
}
