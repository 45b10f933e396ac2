package io.dsr.core.datapath;

import io.dsr.core.Admission;
import io.dsr.core.HashKey;
import io.dsr.core.Picker;
import io.dsr.core.Protocol;
import io.dsr.core.Verdict;
import io.dsr.core.admission.NewFlowLimiter;
import io.dsr.core.admission.SourceQuota;
import io.dsr.core.admission.SourceTable;
import io.dsr.core.flow.FlowKey;
import io.dsr.core.flow.FlowTracker;
import io.dsr.core.membership.Slots;
import io.dsr.core.persistence.ClientProbe;
import io.dsr.core.persistence.PersistenceTable;
import org.jspecify.annotations.Nullable;

/**
 * Decides about an unknown flow: whether it is served, by which server, and whether it will be
 * remembered.
 *
 * <p>In this order: the clients that the service serves, the limits of their source, a pin, the
 * server of the client's last connection, the scheduler. Where the flow will not be remembered, a
 * hash takes the scheduler's place, for the flow's next frame must meet the same server.
 *
 * <p>The first half of this class decides, and changes nothing but the {@link Decision} and what a
 * picker keeps for itself; the second half does what was decided. One for each event loop.
 */
final class Placement {

  private final Slots slots;
  private final NewFlowLimiter newFlows;
  private final @Nullable SourceQuota quota;

  private final ClientProbe probe = new ClientProbe();

  private ServiceTable serviceTable = ServiceTable.EMPTY;
  private long now;

  Placement(Slots slots, Admission admission, int sources, HashKey tableKey, long nowNanos) {
    this.slots = slots;
    this.now = nowNanos;
    this.newFlows = new NewFlowLimiter(admission.newFlowsPerSecond(), nowNanos);
    this.quota =
        admission.flowsPerSource() == 0 ? null : new SourceQuota(admission, sources, tableKey);
  }

  void serviceTable(ServiceTable next) {
    serviceTable = next;
  }

  void time(long nowNanos) {
    now = nowNanos;
  }

  @Nullable SourceQuota quota() {
    return quota;
  }

  /** Returns whether flows of that service are counted by their source. */
  boolean countsSources(@Nullable ServiceEntry service) {
    return quota != null || (service != null && service.sources() != null);
  }

  /**
   * Chooses a server: {@link Decision#placed}, with {@link Decision#placement} as the verdict.
   *
   * @param opening whether the frame is the first of its flow
   * @param room whether the table it would be remembered in has room
   * @return whether the flow is to be remembered
   */
  boolean place(Decision d, ServiceEntry service, boolean opening, boolean room) {
    Verdict refused = refused(d, service, opening);
    if (refused != null) {
      d.placement = refused;
      return false;
    }
    returning(d, service);
    boolean remembers = false;
    switch (service.tracking()) {
      case TRACKED -> remembers = tracked(d, service, opening, room);
      case SESSIONLESS -> untracked(d, service, false);
      case ONE_PACKET -> untracked(d, service, true);
    }
    if (d.placed == Picker.NONE) {
      d.placement = Verdict.DROP_NO_SERVER;
      return false;
    }
    return remembers;
  }

  /** Chooses a server for an ICMP error about an unknown flow. */
  void placeError(Decision d, ServiceEntry service) {
    d.pin = service.pins().find(d.flow);
    d.placement = Verdict.FORWARD_ICMP_ERROR;
    returning(d, service);
    choose(d, service, false);
  }

  private boolean tracked(Decision d, ServiceEntry service, boolean opening, boolean room) {
    Verdict hindrance = hindrance(d, opening, room);
    choose(d, service, hindrance == null && opening);
    if (hindrance != null) {
      d.placement = hindrance;
    } else if (!opening) {
      d.placement = Verdict.FORWARD_MIDFLOW;
    } else {
      d.placement = d.returning == Picker.NONE ? Verdict.FORWARD_NEW : Verdict.FORWARD_PERSISTENT;
    }
    return hindrance == null;
  }

  private static void untracked(Decision d, ServiceEntry service, boolean scheduled) {
    d.placement = Verdict.FORWARD_UNTRACKED;
    choose(d, service, scheduled);
  }

  private static void choose(Decision d, ServiceEntry service, boolean scheduled) {
    if (d.returning != Picker.NONE) {
      d.placed = d.returning;
      return;
    }
    d.scheduled = scheduled;
    d.placed = scheduled ? service.schedule(d.flow, d.live) : service.place(d.flow, d.live);
  }

  /** Returns why the flow will not be remembered, or null if it will. */
  private @Nullable Verdict hindrance(Decision d, boolean opening, boolean room) {
    if (!room) {
      boolean syn = opening && d.flow.protocol() == Protocol.TCP.number();
      return syn ? Verdict.FORWARD_SYN_TABLE_FULL : Verdict.FORWARD_TABLE_FULL;
    }
    if (quota != null && !quota.mayRemember(d.flow, d.leaving < 0 ? 0 : 1)) {
      return Verdict.FORWARD_OVER_QUOTA;
    }
    d.add(Decision.TOKEN);
    return newFlows.hasToken(now) ? null : Verdict.FORWARD_BRAKED;
  }

  private @Nullable Verdict refused(Decision d, ServiceEntry service, boolean opening) {
    if (!service.permits(d.flow)) {
      return Verdict.DROP_DENIED;
    }
    SourceTable sources = service.sources();
    if (sources != null && opening) {
      d.add(Decision.ADMIT);
    }
    if (sources != null) {
      int answer =
          opening ? sources.peekAdmit(d.flow, now, leaving(d, sources)) : banned(sources, d.flow);
      if (answer != SourceTable.ADMITTED) {
        return verdict(answer);
      }
    }
    int pin = service.pins().find(d.flow);
    d.pin = pin;
    boolean pinnedAway =
        pin >= 0 && service.pins().refuses(pin) && !service.mayTake(service.pins().slot(pin));
    return pinnedAway ? Verdict.DROP_PINNED : null;
  }

  /** Returns how many live flows of the source that table is about to count less. */
  private int leaving(Decision d, SourceTable sources) {
    FlowTracker from = d.leavingTable;
    if (d.leaving < 0 || from == null) {
      return 0;
    }
    ServiceEntry of = serviceTable.ofSlot(from.slot(d.leaving));
    return of != null && of.sources() == sources ? 1 : 0;
  }

  private int banned(SourceTable sources, FlowKey flow) {
    return sources.isBanned(flow, now) ? SourceTable.BANNED : SourceTable.ADMITTED;
  }

  private static Verdict verdict(int answer) {
    return switch (answer) {
      case SourceTable.OVER_RATE -> Verdict.DROP_SOURCE_RATE;
      case SourceTable.OVER_CONNECTIONS -> Verdict.DROP_SOURCE_CONNECTIONS;
      default -> Verdict.DROP_BANNED;
    };
  }

  /** Returns why a segment with RST is refused, or null. */
  @Nullable Verdict reset(Decision d, ServiceEntry service) {
    SourceTable sources = service.sources();
    if (sources == null) {
      return null;
    }
    d.service = service;
    d.add(Decision.RESET);
    return switch (sources.peekReset(d.flow, now)) {
      case SourceTable.ADMITTED -> null;
      case SourceTable.BANNED -> Verdict.DROP_BANNED;
      default -> Verdict.DROP_SOURCE_RESETS;
    };
  }

  /** Finds the server that has the client of a flow already: {@link Decision#returning}. */
  private void returning(Decision d, ServiceEntry service) {
    if (d.pin >= 0 && service.mayTake(service.pins().slot(d.pin))) {
      d.returning = service.pins().slot(d.pin);
      return;
    }
    PersistenceTable table = service.persistence();
    if (table != null) {
      d.add(Decision.RENEW);
      d.session = table.peek(d.flow, probe);
      d.returning = usable(service, d.flow, d.session);
    }
  }

  /** Returns the slot of a server that persistence names, or {@link Picker#NONE}. */
  private int usable(ServiceEntry service, FlowKey flow, long server) {
    if (server == PersistenceTable.NONE) {
      return Picker.NONE;
    }
    int known = PersistenceTable.slot(server);
    boolean same = slots.generation(known) == PersistenceTable.generation(server);
    return same && service.mayReturn(known, flow) ? known : Picker.NONE;
  }

  /**
   * Does what was decided about a new flow or a reset, and agrees with the other event loops on the
   * server of a client that is to be remembered.
   *
   * @return the slot of the server that the flow goes to, another than was decided if another loop
   *     was faster
   */
  int commit(Decision d, ServiceEntry service) {
    SourceTable sources = service.sources();
    if (sources != null && d.has(Decision.ADMIT)) {
      sources.admit(d.flow, now);
    }
    if (sources != null && d.has(Decision.RESET)) {
      sources.reset(d.flow, now);
    }
    if (d.has(Decision.TOKEN)) {
      newFlows.take(now);
    }
    PersistenceTable table = service.persistence();
    if (table == null) {
      return d.placed;
    }
    if (d.has(Decision.RENEW)) {
      table.find(d.flow, probe);
    }
    return d.has(Decision.REMEMBER) ? agree(d, service, table) : d.placed;
  }

  private int agree(Decision d, ServiceEntry service, PersistenceTable table) {
    long found = d.session;
    int slot = d.placed;
    int generation = slots.generation(slot);
    if (!d.has(Decision.RENEW)) { // a pin has named it
      table.remember(d.flow, slot, generation, probe);
      return slot;
    }
    boolean known =
        found != PersistenceTable.NONE
            && PersistenceTable.slot(found) == slot
            && PersistenceTable.generation(found) == generation;
    if (known) {
      return slot; // most flows of a client: one look in the table is enough
    }
    long server = table.claim(d.flow, found, slot, generation, probe);
    if (server != PersistenceTable.NONE && usable(service, d.flow, server) == Picker.NONE) {
      server = table.claim(d.flow, server, slot, generation, probe);
    }
    int theirs = usable(service, d.flow, server);
    return theirs != Picker.NONE && slots.mac(theirs) != Slots.UNRESOLVED ? theirs : slot;
  }

  /** Takes note that a flow is remembered from now on. */
  void opened(@Nullable ServiceEntry service, FlowKey flow) {
    if (quota != null) {
      quota.opened(flow);
    }
    SourceTable sources = service == null ? null : service.sources();
    if (sources != null) {
      sources.opened(flow);
    }
  }

  /** Takes note that a flow is forgotten. */
  void closed(@Nullable ServiceEntry service, FlowKey flow) {
    if (quota != null) {
      quota.closed(flow.isIpv6(), flow.sourceHigh(), flow.sourceLow());
    }
    SourceTable sources = service == null ? null : service.sources();
    if (sources != null) {
      sources.closed(flow.isIpv6(), flow.sourceHigh(), flow.sourceLow());
    }
  }
}
