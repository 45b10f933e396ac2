package io.dsr.core.datapath;

import io.dsr.core.Picker;
import io.dsr.core.Verdict;
import io.dsr.core.flow.CloseReason;
import io.dsr.core.flow.FlowKey;
import io.dsr.core.flow.FlowTracker;
import io.dsr.core.flow.FragmentTable;
import io.dsr.core.frame.SctpChunk;
import io.dsr.core.frame.TcpSegment;
import io.dsr.core.membership.Slots;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * The one procedure that decides about frames: reads all that a director remembers, and writes a
 * {@link Decision} alone.
 *
 * <p>A {@link Director} decides and then does what the decision names. Whoever wants to know what
 * would become of a frame has it decided about the same way, and does nothing. Two steps, and no
 * more, depend on whether the decision is {@link Decision#live}: a picker picks, where it would
 * only be asked what it would pick; and flows whose time has passed are forgotten before the first
 * new flow of a batch is placed.
 *
 * <p>Event loop only.
 */
final class Decider {

  /** What a SYN carries at most: a segment's data, in large frames too. */
  private static final int MOST_SYN_DATA = 9_216;

  private final Slots slots;
  private final FlowTables flowTables;
  private final FlowPrefetcher prefetcher;
  private final Placement placement;
  private final Fragments fragments;
  private final Forwarder forwarder;
  private final ReturnGuard returns;

  private ServiceTable serviceTable = ServiceTable.EMPTY;
  private VipGates.OpenVips vips = new VipGates.OpenVips(new VipGates(/* open= */ true));

  Decider(
      Slots slots,
      FlowTables flowTables,
      FlowPrefetcher prefetcher,
      Placement placement,
      Fragments fragments,
      Forwarder forwarder,
      ReturnGuard returns) {
    this.slots = slots;
    this.flowTables = flowTables;
    this.prefetcher = prefetcher;
    this.placement = placement;
    this.fragments = fragments;
    this.forwarder = forwarder;
    this.returns = returns;
  }

  void serviceTable(ServiceTable next) {
    serviceTable = next;
  }

  void gates(VipGates gates) {
    vips = new VipGates.OpenVips(gates);
  }

  /** Looks at the gates of the VIPs, before each batch. */
  void time(long nowNanos) {
    vips.time(nowNanos);
  }

  /** Decides about the readable bytes of {@code frame}, which stay as they are. */
  void decide(ByteBuf frame, Decision d) {
    d.begin();
    FrameClassifier classifier = d.classifier;
    Verdict reason = classifier.classify(frame);
    if (vips.isAnyClosed() && standsBy(reason, classifier.flow())) {
      reason = Verdict.DROP_STANDBY;
    }
    if (reason == null) {
      d.ofFlow();
      reason =
          switch (classifier.kind()) {
            case TCP -> tcp(d);
            case UDP, SCTP, OTHER -> packet(d);
            case ERROR -> error(d);
            case FRAGMENT -> fragment(d, frame.readableBytes());
          };
      if (d.has(Decision.WATCH)) {
        reason = watched(d, frame, reason);
      }
      if (classifier.isFirstFragment() && d.has(Decision.SEND)) {
        d.add(Decision.LEAD);
      }
    }
    d.verdict(reason);
  }

  /** Decides whether a frame that is about to be sent has come back. */
  private Verdict watched(Decision d, ByteBuf frame, Verdict reason) {
    d.digest = returns.digest(frame);
    long from = d.classifier.source();
    d.repeats =
        switch (d.classifier.kind()) {
          case FRAGMENT -> true;
          case ERROR -> forwarder.mayHaveMissed(d);
          default -> forwarder.cameOtherwise(d);
        };
    if (!returns.isReturn(d.digest, from, d.repeats)) {
      return reason;
    }
    d.returned();
    return Verdict.DROP_LOOP;
  }

  /** Returns whether a frame is for a VIP that we do not own, being whole or an echo request. */
  private boolean standsBy(@Nullable Verdict reason, FlowKey flow) {
    return (reason == null || reason == Verdict.PASS_ECHO)
        && serviceTable.isVip(flow)
        && vips.isClosed(flow.isIpv6(), flow.destinationHigh(), flow.destinationLow());
  }

  private Verdict tcp(Decision d) {
    FamilyFlows tables = flowTables.of(d.flow);
    if (tables == null) {
      return Verdict.PASS_NOT_OURS;
    }
    hash(d, tables.remembered());
    return tcp(d, tables);
  }

  private Verdict tcp(Decision d, FamilyFlows tables) {
    FlowTracker table = tables.remembered();
    int hash = d.hash;
    int record = table.seek(d.flow, hash);
    if (record < 0) {
      table = tables.halfOpen();
      record = table.seek(d.flow, hash);
    }
    if (record >= 0 && goesOn(d, table, record)) {
      return knownTcp(d, tables, table, record);
    }
    return isExpired(d) ? Verdict.DROP_EXPIRED : newTcp(d, tables);
  }

  private void hash(Decision d, FlowTracker table) {
    d.hash = d.live ? prefetcher.hash(d.flow, table) : table.hash(d.flow);
  }

  /** Returns whether the flow of a record goes on with this frame; if not, it is forgotten. */
  private boolean goesOn(Decision d, FlowTracker table, int record) {
    if (table.isOver(record)) {
      d.leave(table, record, CloseReason.EXPIRED);
      return false;
    }
    if (!holds(d, table, record)) {
      d.leave(table, record, lost(d, table, record));
      return false;
    }
    if (opens(d) && beginsAnew(d, table, record)) {
      d.leave(table, record, CloseReason.REUSED);
      return false;
    }
    d.known(table, record);
    return true;
  }

  /** Returns whether a frame is one with which its client begins a connection. */
  private static boolean opens(Decision d) {
    return switch (d.classifier.kind()) {
      case TCP -> TcpSegment.isOpening(d.classifier.tcp().flags());
      case SCTP -> d.classifier.sctp().decisiveChunkType() == SctpChunk.INIT;
      default -> false;
    };
  }

  /** Returns whether a SYN or an INIT of a remembered flow begins another connection. */
  private boolean beginsAnew(Decision d, FlowTracker table, int record) {
    boolean tcp = d.classifier.kind() == FrameClassifier.Kind.TCP;
    boolean over = tcp ? !table.isActive(record) : table.isOverAssociation(record);
    if (over || slots.isFailed(table.slot(record))) {
      return true;
    }
    return table.isOpening(record)
        && (refuses(table.slot(record)) || (tcp && isOther(d.classifier.tcp(), table, record)));
  }

  /** Returns whether a server takes no flows, even if it had fewer. */
  private boolean refuses(int slot) {
    ServiceEntry service = serviceTable.ofSlot(slot);
    return service == null || service.refuses(slot);
  }

  /**
   * Returns whether a SYN is of another connection than the one before; what came with that may
   * have been data.
   */
  private static boolean isOther(TcpSegment segment, FlowTracker table, int record) {
    int data = table.sequenceEnd(record) - (segment.sequence() + 1);
    return data < 0 || data > MOST_SYN_DATA;
  }

  /** Returns whether a flow is still the server's that it is remembered for. */
  private boolean holds(Decision d, FlowTracker table, int record) {
    int slot = table.slot(record);
    return slots.holds(slot, table.generation(record)) || staysWithFailed(d, table, record);
  }

  private boolean staysWithFailed(Decision d, FlowTracker table, int record) {
    int slot = table.slot(record);
    if (!isStanding(table, record)) {
      return false;
    }
    return switch (slots.failurePolicy(slot)) {
      case Slots.WORKS, Slots.FAILED_KEEP -> true;
      case Slots.FAILED_BY_PROTOCOL, Slots.DRAINED -> FlowTracker.connects(d.flow.protocol());
      default -> false;
    };
  }

  /** Returns whether nothing but the condition of its server may take a flow away from it. */
  private boolean isStanding(FlowTracker table, int record) {
    int slot = table.slot(record);
    return slots.generation(slot) == table.generation(record)
        && slots.removalPolicy(slot) == Slots.KEEP;
  }

  private CloseReason lost(Decision d, FlowTracker table, int record) {
    if (!isStanding(table, record)) {
      return CloseReason.SERVER_REMOVED;
    }
    return opens(d) ? CloseReason.REUSED : CloseReason.SERVER_FAILED;
  }

  /** Returns whether the frame of a flow that is forgotten is to be dropped. */
  private boolean isExpired(Decision d) {
    FlowTracker from = d.leavingTable;
    if (d.leaving < 0 || from == null) {
      return false;
    }
    int slot = from.slot(d.leaving);
    return switch (d.leavingReason) {
      case SERVER_FAILED -> slots.failurePolicy(slot) == Slots.FAILED_EXPIRE;
      case SERVER_REMOVED ->
          slots.generation(slot) == from.generation(d.leaving)
              && slots.removalPolicy(slot) == Slots.EXPIRE;
      default -> false;
    };
  }

  private Verdict knownTcp(Decision d, FamilyFlows tables, FlowTracker table, int record) {
    int flags = d.classifier.tcp().flags();
    if ((flags & TcpSegment.RST) != 0) {
      ServiceEntry service = serviceTable.ofSlot(table.slot(record));
      Verdict over = service == null ? null : placement.reset(d, service);
      if (over != null) {
        return over;
      }
    } else if ((flags & TcpSegment.ACK) != 0 && table == tables.halfOpen()) {
      d.add(Decision.ADOPT);
    }
    d.add(Decision.NOTE);
    return forwarder.forward(d, table, record, Verdict.FORWARD_FLOW);
  }

  private Verdict newTcp(Decision d, FamilyFlows tables) {
    TcpSegment segment = d.classifier.tcp();
    ServiceEntry service = serviceTable.service(d.flow);
    d.place(service);
    if (service == null) {
      return serviceTable.unserved(d.flow);
    }
    Verdict refused = forwarder.own(d);
    if (refused != null) {
      return refused;
    }
    if (d.live && flowTables.makeRoom()) {
      d.begin();
      d.ofFlow();
      return tcp(d, tables); // what the flow was found to be may have gone
    }
    boolean reset = (segment.flags() & TcpSegment.RST) != 0;
    refused = reset ? placement.reset(d, service) : null;
    if (refused != null) {
      return refused;
    }
    boolean opening = TcpSegment.isOpening(segment.flags());
    FlowTracker table = opening ? tables.halfOpen() : tables.remembered();
    return place(d, service, table, opening, reset ? 0 : Decision.REMEMBER | Decision.NOTE);
  }

  /** Handles UDP, SCTP, and protocols without ports. */
  private Verdict packet(Decision d) {
    FamilyFlows tables = flowTables.of(d.flow);
    if (tables == null) {
      return Verdict.PASS_NOT_OURS;
    }
    FlowTracker table = tables.remembered();
    hash(d, table);
    return packet(d, table);
  }

  private Verdict packet(Decision d, FlowTracker table) {
    int record = table.seek(d.flow, d.hash);
    if (record >= 0 && goesOn(d, table, record)) {
      d.add(Decision.NOTE);
      return forwarder.forward(d, table, record, Verdict.FORWARD_FLOW);
    }
    return isExpired(d) ? Verdict.DROP_EXPIRED : newPacket(d, table);
  }

  private Verdict newPacket(Decision d, FlowTracker table) {
    ServiceEntry service = serviceTable.service(d.flow);
    d.place(service);
    if (service == null) {
      return serviceTable.unserved(d.flow);
    }
    Verdict refused = forwarder.own(d);
    if (refused != null) {
      return refused;
    }
    if (d.live && flowTables.makeRoom()) {
      d.begin();
      d.ofFlow();
      return packet(d, table);
    }
    if (d.classifier.kind() != FrameClassifier.Kind.SCTP) {
      return place(d, service, table, true, Decision.REMEMBER);
    }
    int chunk = d.classifier.sctp().decisiveChunkType();
    int effects = chunk == SctpChunk.ABORT ? 0 : Decision.REMEMBER | Decision.NOTE;
    return place(d, service, table, chunk == SctpChunk.INIT, effects);
  }

  /**
   * Places a new flow.
   *
   * @param table where it is remembered if it can be
   * @param effects what is done if it is
   */
  private Verdict place(
      Decision d, ServiceEntry service, FlowTracker table, boolean opening, int effects) {
    boolean room = table.hasRoom() || d.leavingFrom(table) > 0;
    boolean remembered = placement.place(d, service, opening, room);
    int slot = d.placed;
    if (slot < 0) {
      return d.placement;
    }
    Verdict verdict = forwarder.forward(d, slot, d.placement);
    if (verdict == Verdict.DROP_LOOP) {
      return verdict; // and not remembered: the next may go elsewhere
    }
    boolean begins = remembered && effects != 0 && slots.mac(slot) != Slots.UNRESOLVED;
    if (begins) {
      d.table = table;
      d.add(effects | Decision.UPSTREAM);
    }
    if (!begins) {
      forwarder.watchStray(d);
    }
    if (d.leaving >= 0 || (begins && slots.isServer(d.classifier.source()))) {
      forwarder.watch(d);
    }
    return verdict;
  }

  private Verdict error(Decision d) {
    FamilyFlows tables = flowTables.of(d.flow);
    if (tables == null) {
      return Verdict.PASS_NOT_OURS;
    }
    FlowTracker table = tables.remembered();
    int hash = table.hash(d.flow);
    int record = table.seek(d.flow, hash);
    if (record < 0) {
      table = tables.halfOpen();
      record = table.seek(d.flow, hash);
    }
    if (record >= 0 && !table.isOver(record) && holds(d, table, record)) {
      d.known(table, record);
      return forwarder.untracked(d, table.slot(record), Verdict.FORWARD_ICMP_ERROR);
    }
    return strayError(d);
  }

  private Verdict strayError(Decision d) {
    ServiceEntry service = serviceTable.service(d.flow);
    d.place(service);
    if (service == null) {
      return serviceTable.unserved(d.flow);
    }
    placement.placeError(d, service);
    if (d.placed == Picker.NONE) {
      return Verdict.DROP_NO_SERVER;
    }
    return d.placed < 0 ? d.placement : forwarder.untracked(d, d.placed, d.placement);
  }

  private Verdict fragment(Decision d, int octets) {
    long found = fragments.find(d.classifier.fragment());
    if (found == FragmentTable.NONE) {
      if (!fragments.hasRoom(d.classifier.fragment(), octets)) {
        return Verdict.DROP_FRAGMENT;
      }
      d.add(Decision.HOLD);
      return Verdict.HOLD_FRAGMENT;
    }
    int slot = FragmentTable.slot(found);
    return slots.generation(slot) == FragmentTable.generation(found)
        ? forwarder.untracked(d, slot, Verdict.FORWARD_FRAGMENT)
        : Verdict.DROP_FRAGMENT;
  }
}
