package io.dsr.core.datapath;

import io.dsr.core.Admission;
import io.dsr.core.HashKey;
import io.dsr.core.Picker;
import io.dsr.core.Verdict;
import io.dsr.core.admission.NewFlowLimiter;
import io.dsr.core.admission.SourceQuota;
import io.dsr.core.admission.SourceTable;
import io.dsr.core.flow.FlowKey;
import io.dsr.core.membership.OverloadDetector;
import io.dsr.core.membership.Slots;
import io.dsr.core.persistence.ClientProbe;
import io.dsr.core.persistence.PersistenceTable;
import org.jspecify.annotations.Nullable;

/**
 * Decides about a flow that nobody remembers: whether it is served, by whom, and whether it will be
 * remembered.
 *
 * <p>In this order: the clients that the service serves, the limits of their source, a pin, the
 * server of the client's last connection, the scheduler. Where the flow will not be remembered, a
 * hash takes the scheduler's place, for the flow's next frame must meet the same server. One for
 * each event loop; its answer is in its fields until the next question.
 */
final class Placement {

  private static final int SOURCES = 65_536;

  private final Slots slots;
  private final OverloadDetector load;
  private final NewFlowLimiter brake;
  private final @Nullable SourceQuota quota;

  private final ClientProbe probe = new ClientProbe();

  private long now;
  private int slot = Picker.NONE;
  private boolean remembers;

  /** What persistence had of the client asked about last. */
  private long found = PersistenceTable.NONE;

  private boolean pinned;

  Placement(
      Slots slots, OverloadDetector load, Admission admission, HashKey tableKey, long nowNanos) {
    this.slots = slots;
    this.load = load;
    this.now = nowNanos;
    this.brake = new NewFlowLimiter(admission.newFlowsPerSecond(), nowNanos);
    this.quota =
        admission.flowsPerSource() == 0 ? null : new SourceQuota(admission, SOURCES, tableKey);
  }

  void time(long nowNanos) {
    now = nowNanos;
  }

  /** Returns the slot of the server that was chosen last, or {@link Picker#NONE}. */
  int slot() {
    return slot;
  }

  /** Returns whether the flow asked about last is to be remembered. */
  boolean remembers() {
    return remembers;
  }

  @Nullable SourceQuota quota() {
    return quota;
  }

  /**
   * Chooses, and returns the verdict; {@link #slot} tells whom.
   *
   * @param opening whether the frame is the first of its flow
   * @param room whether the table it would be remembered in has room
   */
  Verdict place(ServiceEntry service, FlowKey flow, boolean opening, boolean room) {
    slot = Picker.NONE;
    remembers = false;
    Verdict refused = refused(service, flow, opening);
    if (refused != null) {
      return refused;
    }
    slot = returning(service, flow);
    Verdict verdict =
        switch (service.tracking()) {
          case TRACKED -> tracked(service, flow, opening, room);
          case SESSIONLESS -> untracked(service.place(flow));
          case ONE_PACKET -> untracked(service.schedule(flow));
        };
    if (slot == Picker.NONE) {
      remembers = false;
      return Verdict.DROP_NO_SERVER;
    }
    return verdict;
  }

  private Verdict tracked(ServiceEntry service, FlowKey flow, boolean opening, boolean room) {
    boolean returning = slot != Picker.NONE;
    Verdict hindrance = hindrance(flow, room);
    remembers = hindrance == null;
    if (!returning) {
      slot = remembers && opening ? service.schedule(flow) : service.place(flow);
    }
    if (hindrance != null) {
      return hindrance;
    }
    if (!opening) {
      return Verdict.FORWARD_MIDFLOW;
    }
    return returning ? Verdict.FORWARD_PERSISTENT : Verdict.FORWARD_NEW;
  }

  private Verdict untracked(int picked) {
    slot = slot == Picker.NONE ? picked : slot;
    return Verdict.FORWARD_UNTRACKED;
  }

  /** Returns why the flow will not be remembered, or null if it will. */
  private @Nullable Verdict hindrance(FlowKey flow, boolean room) {
    if (!room) {
      return Verdict.FORWARD_TABLE_FULL;
    }
    if (quota != null && !quota.mayRemember(flow)) {
      return Verdict.FORWARD_OVER_QUOTA;
    }
    return brake.take(now) ? null : Verdict.FORWARD_BRAKED;
  }

  private @Nullable Verdict refused(ServiceEntry service, FlowKey flow, boolean opening) {
    if (!service.permits(flow)) {
      return Verdict.DROP_DENIED;
    }
    SourceTable sources = service.sources();
    if (sources != null) {
      int answer = opening ? sources.admit(flow, now) : banned(sources, flow);
      if (answer != SourceTable.ADMITTED) {
        return verdict(answer);
      }
    }
    int pin = service.pins().find(flow);
    boolean pinnedAway =
        pin >= 0 && service.pins().refuses(pin) && !service.mayTake(service.pins().slot(pin));
    return pinnedAway ? Verdict.DROP_PINNED : null;
  }

  private int banned(SourceTable sources, FlowKey flow) {
    return sources.isBanned(flow, now) ? SourceTable.BANNED : SourceTable.ADMITTED;
  }

  /** Returns whether the flow's source is banned by the service; changes nothing. */
  boolean isBanned(ServiceEntry service, FlowKey flow) {
    SourceTable sources = service.sources();
    return sources != null && sources.isBanned(flow, now);
  }

  private static Verdict verdict(int answer) {
    return switch (answer) {
      case SourceTable.OVER_RATE -> Verdict.DROP_SOURCE_RATE;
      case SourceTable.OVER_CONNECTIONS -> Verdict.DROP_SOURCE_CONNECTIONS;
      default -> Verdict.DROP_BANNED;
    };
  }

  /** Returns why a segment with RST is refused, or null. */
  @Nullable Verdict reset(ServiceEntry service, FlowKey flow) {
    SourceTable sources = service.sources();
    if (sources == null) {
      return null;
    }
    return switch (sources.reset(flow, now)) {
      case SourceTable.ADMITTED -> null;
      case SourceTable.BANNED -> Verdict.DROP_BANNED;
      default -> Verdict.DROP_SOURCE_RESETS;
    };
  }

  /** Returns the slot of the server that has the client already, or {@link Picker#NONE}. */
  int returning(ServiceEntry service, FlowKey flow) {
    found = PersistenceTable.NONE;
    int pin = service.pins().find(flow);
    pinned = pin >= 0 && service.mayTake(service.pins().slot(pin));
    if (pinned) {
      return service.pins().slot(pin);
    }
    PersistenceTable table = service.persistence();
    if (table == null) {
      return Picker.NONE;
    }
    found = table.find(flow, probe);
    return usable(service, found);
  }

  /** Returns the slot of a server that persistence names, or {@link Picker#NONE}. */
  private int usable(ServiceEntry service, long server) {
    if (server == PersistenceTable.NONE) {
      return Picker.NONE;
    }
    int known = PersistenceTable.slot(server);
    boolean same = slots.generation(known) == PersistenceTable.generation(server);
    return same && service.mayReturn(known) ? known : Picker.NONE;
  }

  /**
   * Agrees with the other event loops on the server of the client asked about last, which is to be
   * remembered; {@link #slot} is another from then on if another loop was faster.
   */
  void agree(ServiceEntry service, FlowKey flow) {
    PersistenceTable table = service.persistence();
    if (table == null) {
      return;
    }
    if (pinned) {
      table.remember(flow, slot, slots.generation(slot), probe);
      return;
    }
    int generation = slots.generation(slot);
    boolean known =
        found != PersistenceTable.NONE
            && PersistenceTable.slot(found) == slot
            && PersistenceTable.generation(found) == generation;
    if (known) {
      return; // most flows of a client: one look in the table is enough
    }
    long server = table.claim(flow, found, slot, generation, probe);
    if (server != PersistenceTable.NONE && usable(service, server) == Picker.NONE) {
      server = table.claim(flow, server, slot, generation, probe);
    }
    int theirs = usable(service, server);
    if (theirs != Picker.NONE && slots.mac(theirs) != Slots.UNRESOLVED) {
      slot = theirs;
    }
  }

  /** Takes note that the flow asked about last is remembered from now on. */
  void remembered(ServiceEntry service, FlowKey flow) {
    if (quota != null) {
      quota.opened(flow);
    }
    SourceTable sources = service.sources();
    if (sources != null) {
      sources.opened(flow);
    }
    load.opened(slot);
  }

  /** Takes note that a flow is forgotten. */
  void forgotten(@Nullable ServiceEntry service, FlowKey flow) {
    if (quota != null) {
      quota.closed(flow.isIpv6(), flow.sourceHigh(), flow.sourceLow());
    }
    SourceTable sources = service == null ? null : service.sources();
    if (sources != null) {
      sources.closed(flow.isIpv6(), flow.sourceHigh(), flow.sourceLow());
    }
  }
}
