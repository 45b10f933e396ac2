package io.dsr.core.datapath;

import io.dsr.core.HashKey;
import io.dsr.core.flow.FlowKey;
import io.dsr.core.flow.FlowTimes;
import io.dsr.core.flow.FlowTracker;
import io.dsr.core.membership.Member;
import io.dsr.core.membership.OverloadDetector;
import io.dsr.core.membership.Slots;
import org.jspecify.annotations.Nullable;

/**
 * All that one event loop remembers of flows, the two IP versions apart; tables are made when the
 * first VIP of their version comes. Event loop only, but for {@link #size}.
 */
final class FlowTables {

  private final DirectorLimits limits;
  private final Placement placement;
  private final OverloadDetector load;
  private final FlowTimes times;
  private final FamilyFlows.Parts parts;
  private final FlowKey departing;

  private @Nullable FamilyFlows ipv4;
  private @Nullable FamilyFlows ipv6;
  private ServiceTable serviceTable = ServiceTable.EMPTY;
  private boolean due;

  FlowTables(
      Slots slots,
      OverloadDetector load,
      DirectorLimits limits,
      HashKey tableKey,
      Placement placement) {
    this.limits = limits;
    this.placement = placement;
    this.load = load;
    this.times = new FlowTimes(slots.count());
    this.departing = new FlowKey(limits.hashKey());
    this.parts = new FamilyFlows.Parts(tableKey, load.counters(), times, this::closed);
  }

  void serviceTable(ServiceTable next, long nowNanos) {
    // First what may fail for want of memory.
    if (next.hasIpv4() && ipv4 == null) {
      ipv4 = new FamilyFlows(false, limits, parts, nowNanos);
    }
    if (next.hasIpv6() && ipv6 == null) {
      ipv6 = new FamilyFlows(true, limits, parts, nowNanos);
    }
    serviceTable = next;
    for (ServiceEntry service : serviceTable.services()) {
      for (Member member : service.members().members()) {
        times.assign(member.slot(), service.members().service().rules().timeouts());
        load.thresholds(
            member.slot(), member.server().upperThreshold(), member.server().lowerThreshold());
      }
    }
  }

  void time(long nowNanos) {
    due = true;
    if (ipv4 != null) {
      ipv4.time(nowNanos);
    }
    if (ipv6 != null) {
      ipv6.time(nowNanos);
    }
  }

  /** Flows whose time has passed are not to be in a new one's way, nor to count against it. */
  void makeRoom() {
    if (due) {
      expire();
    }
  }

  /** Forgets what is due; returns whether nothing more is at this time. */
  boolean expire() {
    due = false;
    boolean narrow = ipv4 == null || ipv4.expire();
    boolean wide = ipv6 == null || ipv6.expire();
    load.relieved();
    return narrow && wide;
  }

  /** Returns where flows of the family are remembered, or null if none can be. */
  @Nullable FamilyFlows of(FlowKey flow) {
    return of(flow.isIpv6());
  }

  @Nullable FamilyFlows of(boolean wide) {
    return wide ? ipv6 : ipv4;
  }

  /** Returns how many flows are remembered. Any thread; exact on the event loop. */
  int size() {
    FamilyFlows narrow = ipv4;
    FamilyFlows wide = ipv6;
    return (narrow == null ? 0 : narrow.size()) + (wide == null ? 0 : wide.size());
  }

  /** Returns how many flows were forgotten early for want of room. Any thread. */
  long dropped() {
    FamilyFlows narrow = ipv4;
    FamilyFlows wide = ipv6;
    return (narrow == null ? 0 : narrow.dropped()) + (wide == null ? 0 : wide.dropped());
  }

  private void closed(FlowTracker table, int record) {
    ServiceEntry service = serviceTable.ofSlot(table.slot(record));
    if (placement.quota() != null || (service != null && service.sources() != null)) {
      table.key(record, departing);
      placement.forgotten(service, departing);
    }
  }
}
