package io.dsr.core.datapath;

import io.dsr.core.FlowTimeouts;
import io.dsr.core.HashKey;
import io.dsr.core.RealServer;
import io.dsr.core.flow.CloseReason;
import io.dsr.core.flow.FlowAging;
import io.dsr.core.flow.FlowKey;
import io.dsr.core.flow.FlowListener;
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
@SuppressWarnings("exports") // used by our own modules alone
public final class FlowTables implements FlowListener {

  private final DirectorLimits limits;
  private final Placement placement;
  private final OverloadDetector load;
  private final Slots slots;
  private final FlowTimes times;
  private final FamilyFlows.Parts parts;
  private final FlowKey key;

  private @Nullable FamilyFlows ipv4;
  private @Nullable FamilyFlows ipv6;
  private ServiceTable serviceTable = ServiceTable.EMPTY;
  private @Nullable FlowListener listener;
  private @Nullable FlowAging aging;

  /** Whether time has moved on since flows were forgotten last. */
  private boolean due;

  private long now;

  FlowTables(
      Slots slots,
      OverloadDetector load,
      DirectorLimits limits,
      HashKey tableKey,
      Placement placement) {
    this.limits = limits;
    this.placement = placement;
    this.load = load;
    this.slots = slots;
    this.times = new FlowTimes(slots.count());
    this.key = new FlowKey(limits.hashKey());
    this.parts = new FamilyFlows.Parts(tableKey, load.counters(), times, this);
  }

  /** Has {@code next} told of the life of each flow, or nobody if null. */
  void listener(@Nullable FlowListener next) {
    listener = next;
  }

  /** Has {@code next} asked before a flow is forgotten for its silence, or nobody if null. */
  void aging(@Nullable FlowAging next) {
    aging = next;
    if (ipv4 != null) {
      ipv4.aging(next);
    }
    if (ipv6 != null) {
      ipv6.aging(next);
    }
  }

  void serviceTable(ServiceTable next, long nowNanos) {
    reserve(next, nowNanos);
    ServiceTable before = serviceTable;
    serviceTable = next;
    next.forEachChanged(before, this::releaseTimes); // those of all make room for those of any
    next.forEachChanged(before, this::take);
  }

  /**
   * Makes the tables that flows of the service table's VIPs need, which may fail for want of
   * memory.
   */
  void reserve(ServiceTable next, long nowNanos) {
    if (next.hasIpv4() && ipv4 == null) {
      ipv4 = new FamilyFlows(false, limits, parts, nowNanos);
      ipv4.aging(aging);
    }
    if (next.hasIpv6() && ipv6 == null) {
      ipv6 = new FamilyFlows(true, limits, parts, nowNanos);
      ipv6.aging(aging);
    }
  }

  private void releaseTimes(ServiceEntry service) {
    service.members().members().forEach(member -> times.release(member.slot()));
  }

  private boolean isInUse(int slot) {
    boolean served =
        serviceTable.ofSlot(slot) != null && load.counters().isOf(slot, slots.generation(slot));
    return served || !load.counters().isIdle(slot);
  }

  private void take(ServiceEntry service) {
    FlowTimeouts timeouts = service.members().service().rules().timeouts();
    for (Member member : service.members().members()) {
      int slot = member.slot();
      RealServer server = member.server();
      load.counters().begin(slot, member.generation());
      times.assign(slot, timeouts, this::isInUse);
      load.thresholds(slot, server.upperThreshold(), server.lowerThreshold());
    }
  }

  void time(long nowNanos) {
    due |= nowNanos != now;
    now = nowNanos;
    if (ipv4 != null) {
      ipv4.time(nowNanos);
    }
    if (ipv6 != null) {
      ipv6.time(nowNanos);
    }
  }

  /**
   * Forgets flows whose time has passed, once a batch: they are not to be in a new one's way, nor
   * to count against it. Returns whether it forgot any.
   */
  boolean makeRoom() {
    if (!due) {
      return false;
    }
    int before = size();
    expire();
    return size() != before;
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
  public @Nullable FamilyFlows of(FlowKey flow) {
    return of(flow.isIpv6());
  }

  /** Returns where flows of IPv6, or of IPv4, are remembered, or null if none can be. */
  public @Nullable FamilyFlows of(boolean wide) {
    return wide ? ipv6 : ipv4;
  }

  /**
   * Returns whether a slot may get a flow that was decided about elsewhere: by the service table in
   * force it is that of a server of this generation, which has not been removed.
   */
  boolean mayRestore(int slot, int generation) {
    ServiceEntry service = serviceTable.ofSlot(slot);
    return service != null
        && service.isStanding(slot)
        && load.counters().isOf(slot, generation); // as they have been since the table was taken
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

  @Override
  public void opened(FlowTracker table, int record) {
    ServiceEntry service = serviceTable.ofSlot(table.slot(record));
    if (placement.countsSources(service)) {
      table.key(record, key);
      placement.opened(service, key);
    }
    load.opened(table.slot(record));
    if (listener != null) {
      listener.opened(table, record);
    }
  }

  @Override
  public void changed(FlowTracker table, int record) {
    if (listener != null) {
      listener.changed(table, record);
    }
  }

  @Override
  public void closed(FlowTracker table, int record, CloseReason reason) {
    ServiceEntry service = serviceTable.ofSlot(table.slot(record));
    if (placement.countsSources(service)) {
      table.key(record, key);
      placement.closed(service, key);
    }
    if (listener != null) {
      listener.closed(table, record, reason);
    }
  }
}
