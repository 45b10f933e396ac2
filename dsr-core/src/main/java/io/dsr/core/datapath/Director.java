package io.dsr.core.datapath;

import io.dsr.core.HashKey;
import io.dsr.core.Picker;
import io.dsr.core.Verdict;
import io.dsr.core.admission.SourceQuota;
import io.dsr.core.admission.SourceTable;
import io.dsr.core.flow.FlowKey;
import io.dsr.core.flow.FlowTracker;
import io.dsr.core.flow.FragmentTable;
import io.dsr.core.frame.SctpChunk;
import io.dsr.core.frame.TcpSegment;
import io.dsr.core.membership.OverloadDetector;
import io.dsr.core.membership.Slots;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Decides what becomes of each frame, and makes it ready to be sent.
 *
 * <p>A frame of a flow that is remembered goes to the server that has it. The first frame of a new
 * flow goes where {@link Placement} says, and that is remembered: a TCP connection from its first
 * acknowledgement on, its SYN apart ({@link FamilyFlows}). A frame in the middle of a flow that
 * nobody remembers (after a restart, or taken over from another balancer) goes where a hash of the
 * flow says, never where a counter of our own would: another balancer of the fleet must find the
 * same server. An ICMP error goes to the server whose flow it quotes; without it, path-MTU
 * discovery for downloads fails. A fragment follows the first of its datagram.
 *
 * <p>One director belongs to one event loop, which alone calls it; only the counts may be read from
 * other threads. {@link #direct} never throws for what a frame contains, and allocates nothing but
 * a copy of a fragment that comes before its first.
 */
public final class Director {

  private final Slots slots;
  private final HashKey tableKey = HashKey.random();
  private final Verdicts verdicts = new Verdicts();
  private final FrameClassifier classifier;
  private final Forwarder forwarder;
  private final FlowTables flowTables;
  private final Placement placement;
  private final Fragments fragments;
  private final Inspection inspection;
  private final FlowPrefetcher prefetcher;

  private ServiceTable serviceTable = ServiceTable.EMPTY;
  private boolean releasing;

  /**
   * Creates a director with an empty plan.
   *
   * @param slots generations and MAC addresses of the servers
   * @param load what this director counts for each server, and which are full
   * @param source the MAC address that forwarded frames come from, in the low 48 bits: the one with
   *     which the balancer answers ARP on its first link
   * @param limits sizes and the key of placement hashes
   * @param nowNanos the clock's reading
   */
  @SuppressWarnings("exports") // made by our own modules alone
  public Director(
      Slots slots, OverloadDetector load, long source, DirectorLimits limits, long nowNanos) {
    this.slots = slots;
    this.classifier = new FrameClassifier(limits.hashKey(), limits.admission().dropBogusFlags());
    this.placement = new Placement(slots, load, limits.admission(), tableKey, nowNanos);
    this.fragments = new Fragments(tableKey, nowNanos);
    this.flowTables = new FlowTables(slots, load, limits, tableKey, placement);
    this.prefetcher = new FlowPrefetcher(flowTables, limits.hashKey());
    this.forwarder =
        new Forwarder(slots, load.counters(), classifier, new MacRewriter(source), tableKey);
    var listing = new FlowListing(flowTables, new FlowKey(limits.hashKey()));
    var parts =
        new Inspection.Parts(slots, load.counters(), flowTables, listing, placement, fragments);
    this.inspection = new Inspection(parts, limits, forwarder);
  }

  /** Returns where flows are remembered. Event loop. */
  FlowTables flowTables() {
    return flowTables;
  }

  /** Returns the address that a flow comes from. Event loop. */
  long upstream(FlowTracker table, int record) {
    return forwarder.upstreams().mac(table.upstream(record));
  }

  /**
   * Gives the MAC address that frames come from on each link, in the low 48 bits, or -1 for a link
   * that is gone. Event loop, between two batches.
   */
  public void sources(long... sources) {
    forwarder.sources(sources);
  }

  /** Returns what can be asked. On the event loop. */
  public Inspection inspection() {
    return inspection;
  }

  /** Returns what may be told of frames that come next. Event loop. */
  public FlowPrefetcher prefetcher() {
    return prefetcher;
  }

  /** Replaces the service table, between two batches. */
  public void serviceTable(ServiceTable serviceTable, long nowNanos) {
    flowTables.serviceTable(serviceTable, nowNanos);
    this.serviceTable = serviceTable;
    classifier.serviceTable(serviceTable);
    forwarder.serviceTable(serviceTable);
  }

  /** Moves time. Before each batch. */
  public void time(long nowNanos) {
    placement.time(nowNanos);
    fragments.time(nowNanos);
    flowTables.time(nowNanos);
  }

  /** Forgets flows silent for too long, after a batch; returns whether no more are due just now. */
  public boolean expire() {
    boolean flows = flowTables.expire();
    return fragments.expire() && flows;
  }

  /** Does what {@link #time} and {@link #expire} do. When idle. */
  public boolean advance(long nowNanos) {
    time(nowNanos);
    return expire();
  }

  /** Gives back the fragments that wait. Event loop, at the end. */
  public void close() {
    fragments.close();
  }

  /** Returns how many flows are remembered. Any thread; exact on the event loop. */
  public int connections() {
    return flowTables.size();
  }

  /** Returns how many flows were forgotten early because a table was nearly full. Any thread. */
  public long evicted() {
    return flowTables.dropped();
  }

  /**
   * Returns how often a source was not limited because there was no room to count it, of the
   * services of the service table in force. Any thread.
   */
  public long untracked() {
    SourceQuota quota = placement.quota();
    long sum = quota == null ? 0 : quota.untracked();
    for (ServiceEntry service : serviceTable.services()) {
      SourceTable sources = service.sources();
      sum += sources == null ? 0 : sources.untracked();
    }
    return sum;
  }

  /** Returns what has been decided so far. Any thread. */
  public Verdicts verdicts() {
    return verdicts;
  }

  /**
   * Decides about the readable bytes of {@code frame}, and if the verdict is to forward, has
   * rewritten its MAC addresses when this returns. The indices stay; no byte outside changes.
   */
  public Verdict direct(ByteBuf frame) {
    releasing = false;
    forwarder.begin();
    Verdict reason = classifier.classify(frame);
    if (reason == null) {
      reason =
          switch (classifier.kind()) {
            case TCP -> tcp(frame);
            case UDP, SCTP, OTHER -> packet(frame);
            case ERROR -> error(frame);
            case FRAGMENT -> fragment(frame);
          };
      if (classifier.isFirstFragment() && reason.action() == Verdict.Action.FORWARD) {
        int target = forwarder.target();
        releasing = fragments.first(classifier.fragment(), target, slots.generation(target));
      }
    }
    return verdicts.count(reason);
  }

  /** Returns the number of the link that the frame decided about last, if forwarded, leaves by. */
  public int egress() {
    return forwarder.egress();
  }

  /**
   * Returns a VLAN that the frame decided about last has to be tagged with, because it came without
   * a tag and its server is on a VLAN; 0 for none.
   */
  public int vlanToInsert() {
    return forwarder.vlanToInsert();
  }

  /**
   * Returns a fragment that had waited for the frame decided about last and is to be sent after it,
   * or null if there is none, or no more. The caller has to release it.
   */
  public @Nullable ByteBuf released() {
    if (!releasing) {
      return null;
    }
    ByteBuf waited = fragments.release(classifier.fragment());
    if (waited == null) {
      releasing = false;
      return null;
    }
    forwarder.follow(waited);
    verdicts.countReleased();
    return waited;
  }

  private Verdict tcp(ByteBuf frame) {
    FlowKey flow = classifier.flow();
    FamilyFlows tables = flowTables.of(flow);
    if (tables == null) {
      return Verdict.PASS_NOT_OURS;
    }
    int flags = classifier.tcp().flags();
    FlowTracker table = tables.remembered();
    int record = table.find(flow);
    if (record < 0) {
      table = tables.halfOpen();
      record = table.find(flow);
    }
    if (record >= 0) {
      if (holds(table, record) && !(TcpSegment.isOpening(flags) && !table.isActive(record))) {
        return knownTcp(frame, tables, table, record);
      }
      if (forget(table, record)) {
        return Verdict.DROP_EXPIRED;
      }
    }
    return newTcp(frame, tables);
  }

  /** Returns whether the server of a remembered flow has it still. */
  private boolean holds(FlowTracker table, int record) {
    return slots.holds(table.slot(record), table.generation(record));
  }

  /** Forgets a flow; returns whether its frame is to be dropped. */
  private boolean forget(FlowTracker table, int record) {
    int slot = table.slot(record);
    boolean expires =
        slots.generation(slot) == table.generation(record)
            && slots.removalPolicy(slot) == Slots.EXPIRE;
    table.remove(record);
    return expires;
  }

  private Verdict knownTcp(ByteBuf frame, FamilyFlows tables, FlowTracker in, int at) {
    FlowTracker table = in;
    int record = at;
    TcpSegment segment = classifier.tcp();
    int flags = segment.flags();
    if ((flags & TcpSegment.RST) != 0) {
      ServiceEntry service = serviceTable.ofSlot(table.slot(record));
      Verdict over = service == null ? null : placement.reset(service, classifier.flow());
      if (over != null) {
        return over;
      }
    } else if (table == tables.halfOpen() && (flags & TcpSegment.ACK) != 0) {
      int adopted = tables.remembered().adopt(table, record);
      if (adopted >= 0) {
        table = tables.remembered();
        record = adopted;
      }
    }
    note(table, record, segment);
    return forwarder.forward(frame, table, record, Verdict.FORWARD_FLOW);
  }

  private static void note(FlowTracker table, int record, TcpSegment segment) {
    int end = segment.sequenceEnd();
    table.segment(
        record, segment.flags(), end, segment.acknowledgement(), end - segment.sequence());
  }

  private Verdict newTcp(ByteBuf frame, FamilyFlows tables) {
    FlowKey flow = classifier.flow();
    TcpSegment segment = classifier.tcp();
    ServiceEntry service = serviceTable.service(flow);
    if (service == null) {
      return serviceTable.unserved(flow);
    }
    Verdict refused = forwarder.loop();
    boolean reset = (segment.flags() & TcpSegment.RST) != 0;
    if (refused == null && reset) {
      refused = placement.reset(service, flow);
    }
    if (refused != null) {
      return refused;
    }
    flowTables.makeRoom();
    boolean opening = TcpSegment.isOpening(segment.flags());
    FlowTracker table = opening ? tables.halfOpen() : tables.remembered();
    Verdict verdict = placement.place(service, flow, opening, table.hasRoom());
    if (placement.slot() == Picker.NONE) {
      return verdict;
    }
    int record = remember(table, service, !reset);
    if (record < 0) {
      return forwarder.forward(frame, placement.slot(), verdict);
    }
    note(table, record, segment);
    return forwarder.forward(frame, table, record, verdict);
  }

  /** Handles UDP, SCTP, and protocols without ports. */
  private Verdict packet(ByteBuf frame) {
    FlowKey flow = classifier.flow();
    FamilyFlows tables = flowTables.of(flow);
    if (tables == null) {
      return Verdict.PASS_NOT_OURS;
    }
    FlowTracker table = tables.remembered();
    int record = table.find(flow);
    if (record >= 0) {
      if (holds(table, record)) {
        note(table, record);
        return forwarder.forward(frame, table, record, Verdict.FORWARD_FLOW);
      }
      if (forget(table, record)) {
        return Verdict.DROP_EXPIRED;
      }
    }
    return newPacket(frame, table);
  }

  private void note(FlowTracker table, int record) {
    if (classifier.kind() == FrameClassifier.Kind.SCTP) {
      table.association(record, classifier.sctp().decisiveChunkType());
    } else {
      table.datagram(record);
    }
  }

  private Verdict newPacket(ByteBuf frame, FlowTracker table) {
    FlowKey flow = classifier.flow();
    ServiceEntry service = serviceTable.service(flow);
    if (service == null) {
      return serviceTable.unserved(flow);
    }
    Verdict refused = forwarder.loop();
    if (refused != null) {
      return refused;
    }
    flowTables.makeRoom();
    boolean sctp = classifier.kind() == FrameClassifier.Kind.SCTP;
    int chunk = sctp ? classifier.sctp().decisiveChunkType() : SctpChunk.INIT;
    Verdict verdict = placement.place(service, flow, chunk == SctpChunk.INIT, table.hasRoom());
    if (placement.slot() == Picker.NONE) {
      return verdict;
    }
    int record = remember(table, service, chunk != SctpChunk.ABORT);
    if (record < 0) {
      return forwarder.forward(frame, placement.slot(), verdict);
    }
    if (sctp) {
      note(table, record);
    }
    return forwarder.forward(frame, table, record, verdict);
  }

  /** Remembers the flow that was placed just now, if it is to be; returns its record or less. */
  private int remember(FlowTracker table, ServiceEntry service, boolean lasting) {
    if (!placement.remembers() || !lasting || slots.mac(placement.slot()) == Slots.UNRESOLVED) {
      return FlowTracker.MISSING;
    }
    FlowKey flow = classifier.flow();
    placement.agree(service, flow);
    int slot = placement.slot();
    int record = table.insert(flow, slot, slots.generation(slot));
    if (record >= 0) {
      placement.remembered(service, flow);
    }
    return record;
  }

  private Verdict error(ByteBuf frame) {
    FlowKey flow = classifier.flow();
    FamilyFlows tables = flowTables.of(flow);
    if (tables == null) {
      return Verdict.PASS_NOT_OURS;
    }
    FlowTracker table = tables.of(flow);
    int record = table.peek(flow);
    if (record >= 0 && holds(table, record)) {
      return forwarder.forward(frame, table.slot(record), Verdict.FORWARD_ICMP_ERROR);
    }
    ServiceEntry service = serviceTable.service(flow);
    if (service == null) {
      return serviceTable.unserved(flow);
    }
    int slot = placement.returning(service, flow);
    slot = slot == Picker.NONE ? service.place(flow) : slot;
    return slot == Picker.NONE
        ? Verdict.DROP_NO_SERVER
        : forwarder.forward(frame, slot, Verdict.FORWARD_ICMP_ERROR);
  }

  private Verdict fragment(ByteBuf frame) {
    long found = fragments.find(classifier.fragment());
    if (found == FragmentTable.NONE) {
      return fragments.hold(classifier.fragment(), frame)
          ? Verdict.HOLD_FRAGMENT
          : Verdict.DROP_FRAGMENT;
    }
    int slot = FragmentTable.slot(found);
    return slots.generation(slot) == FragmentTable.generation(found)
        ? forwarder.forward(frame, slot, Verdict.FORWARD_FRAGMENT)
        : Verdict.DROP_FRAGMENT;
  }
}
