package io.dsr.core.datapath;

import static java.util.Objects.requireNonNull;

import io.dsr.core.HashKey;
import io.dsr.core.admission.SourceQuota;
import io.dsr.core.admission.SourceTable;
import io.dsr.core.flow.FlowAging;
import io.dsr.core.flow.FlowKey;
import io.dsr.core.flow.FlowListener;
import io.dsr.core.flow.FlowTracker;
import io.dsr.core.flow.FragmentTable;
import io.dsr.core.frame.TcpSegment;
import io.dsr.core.membership.OverloadDetector;
import io.dsr.core.membership.ServerCounters;
import io.dsr.core.membership.Slots;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Decides what becomes of each frame, and makes it ready to be sent.
 *
 * <p>A frame of a flow that is remembered goes to the server that has it. The first frame of a new
 * flow goes where {@link Placement} says, and that is remembered: a TCP connection from its first
 * acknowledgement on, its SYN apart ({@link FamilyFlows}). A frame in the middle of an unknown flow
 * (after a restart, or taken over from another balancer) goes where a hash of the flow says, never
 * where a counter of our own would: another balancer of the fleet must find the same server. An
 * ICMP error goes to the server whose flow it quotes; without it, path-MTU discovery for downloads
 * fails. A fragment follows the first of its datagram.
 *
 * <p>One director belongs to one event loop, which alone calls it; only the counts may be read from
 * other threads. {@link #direct} never throws for what a frame contains, and allocates nothing but
 * a copy of a fragment that comes before its first.
 */
public final class Director {

  private final Slots slots;
  private final ServerCounters counters;
  private final Verdicts verdicts = new Verdicts();
  private final DirectorLimits limits;
  private final MacRewriter rewriter;
  private final Forwarder forwarder;
  private final FlowTables flowTables;
  private final Placement placement;
  private final Fragments fragments;
  private final FlowPrefetcher prefetcher;
  private final ReturnGuard returns;
  private final Decider decider;
  private final Decision decision;

  /** What the control thread published last; read once a batch. */
  private volatile ServiceTable published = ServiceTable.EMPTY;

  /** What this loop has come to, by which the control thread knows that older ones are unused. */
  private volatile Taken taken = new Taken(ServiceTable.EMPTY, 0);

  private ServiceTable serviceTable = ServiceTable.EMPTY;

  /**
   * A service table that is in force.
   *
   * @param untrackedBefore what was not tracked by limits that services have no more
   */
  private record Taken(ServiceTable serviceTable, long untrackedBefore) {

    /** Returns the next one, which has the counts of what is not in it. */
    Taken next(ServiceTable next) {
      long[] untracked = {untrackedBefore};
      serviceTable.forEachChanged(
          next,
          was -> {
            SourceTable sources = was.sources();
            ServiceEntry now = next.service(was.key());
            if (sources != null && (now == null || now.sources() != sources)) {
              untracked[0] += sources.untracked();
            }
          });
      return new Taken(next, untracked[0]);
    }
  }

  /** How many records there are of what is not a flow. */
  record Rooms(int datagrams, int upstreams, int sources) {

    static final Rooms DEFAULT = new Rooms(FragmentTable.DEFAULT_CAPACITY, 4_096, 65_536);
  }

  /**
   * Creates a director with an empty service table.
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
    this(slots, load, source, limits, nowNanos, Rooms.DEFAULT);
  }

  Director(
      Slots slots,
      OverloadDetector load,
      long source,
      DirectorLimits limits,
      long nowNanos,
      Rooms rooms) {
    HashKey tableKey = HashKey.random();
    this.slots = slots;
    this.counters = load.counters();
    this.limits = limits;
    this.rewriter = new MacRewriter(source);
    this.placement = new Placement(slots, limits.admission(), rooms.sources(), tableKey, nowNanos);
    this.fragments = new Fragments(rooms.datagrams(), tableKey, nowNanos);
    this.flowTables = new FlowTables(slots, load, limits, tableKey, placement);
    this.prefetcher = new FlowPrefetcher(flowTables, limits.hashKey());
    this.forwarder = new Forwarder(slots, rewriter, rooms.upstreams(), tableKey);
    this.returns = new ReturnGuard(tableKey, nowNanos);
    this.decider =
        new Decider(slots, flowTables, prefetcher, placement, fragments, forwarder, returns);
    this.decision = newDecision(true);
  }

  /** Returns a decision of nothing, for {@link #decide}. */
  public Decision newQuestion() {
    return newDecision(false);
  }

  private Decision newDecision(boolean live) {
    boolean dropBogusFlags = limits.admission().dropBogusFlags();
    Decision fresh = new Decision(new FrameClassifier(limits.hashKey(), dropBogusFlags), live);
    fresh.classifier.serviceTable(serviceTable);
    return fresh;
  }

  /**
   * Decides about a frame as {@link #direct} does, and changes nothing but {@code asked}, which is
   * from {@link #newQuestion}. Event loop.
   */
  public void decide(ByteBuf frame, Decision asked) {
    asked.classifier.serviceTable(serviceTable);
    decider.decide(frame, asked);
  }

  /** Returns what is counted for each server. */
  @SuppressWarnings("exports") // called by our own modules alone
  public ServerCounters counters() {
    return counters;
  }

  /** Returns the key of placement hashes. */
  public HashKey hashKey() {
    return limits.hashKey();
  }

  Forwarder forwarder() {
    return forwarder;
  }

  /** Returns the service table in force. Event loop. */
  public ServiceTable serviceTable() {
    return serviceTable;
  }

  /** Returns where flows are remembered. Event loop. */
  public FlowTables flowTables() {
    return flowTables;
  }

  /**
   * Gives the MAC address that frames come from on each link, in the low 48 bits, or -1 for a link
   * that is gone. Event loop, between two batches.
   */
  public void sources(long... sources) {
    rewriter.sources(sources);
  }

  /** Has {@code listener} told of the life of each flow, or nobody if null. Event loop. */
  @SuppressWarnings("exports") // called by our own modules alone
  public void listener(@Nullable FlowListener listener) {
    flowTables.listener(listener);
  }

  /**
   * Has {@code aging} asked before a flow is forgotten for its silence, or nobody if null. Event
   * loop.
   */
  @SuppressWarnings("exports") // called by our own modules alone
  public void aging(@Nullable FlowAging aging) {
    flowTables.aging(aging);
  }

  /** Returns what takes flows out of the tables and puts them back. Event loop. */
  public StoredFlows storedFlows() {
    return new StoredFlows(flowTables, forwarder, new FlowKey(limits.hashKey()));
  }

  /** Returns the prefetcher for the next frames. Event loop. */
  public FlowPrefetcher prefetcher() {
    return prefetcher;
  }

  /** Gives the gates of the VIPs; without, all are open. Before the first batch. */
  public void gates(VipGates gates) {
    decider.gates(gates);
  }

  /**
   * Publishes a service table, which this director takes before its next batch, or when {@link
   * #time} is called in between. Of several, only the newest is taken. The control thread.
   */
  public void publish(ServiceTable next) {
    published = next;
  }

  /**
   * Returns whether this director decides by that service table, and by no older one. Any thread.
   */
  @SuppressWarnings("ReferenceEquality") // this very table
  public boolean hasTaken(ServiceTable which) {
    return taken.serviceTable() == which;
  }

  /** Makes what a service table needs that is still to be published, which may fail. Event loop. */
  public void reserve(ServiceTable next, long nowNanos) {
    flowTables.reserve(next, nowNanos);
  }

  /** Publishes a service table and takes it. Event loop, between two batches. */
  public void serviceTable(ServiceTable next, long nowNanos) {
    publish(next);
    take(next, nowNanos);
  }

  private void take(ServiceTable next, long nowNanos) {
    flowTables.serviceTable(next, nowNanos);
    serviceTable = next;
    decision.classifier.serviceTable(next);
    decider.serviceTable(next);
    placement.serviceTable(next);
    forwarder.serviceTable(next);
    taken = taken.next(next);
  }

  /** Takes what was published, and moves time. Before each batch. */
  @SuppressWarnings("ReferenceEquality") // this very table
  public void time(long nowNanos) {
    ServiceTable next = published;
    if (next != serviceTable) {
      take(next, nowNanos);
    }
    decider.time(nowNanos);
    placement.time(nowNanos);
    fragments.time(nowNanos);
    forwarder.time(nowNanos);
    returns.time(nowNanos);
    flowTables.time(nowNanos);
  }

  /** Forgets flows silent for too long, after a batch; returns whether no more are due now. */
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
   * Returns how often a source was not limited because there was no room to count it, of services
   * that have gone too. Any thread.
   */
  public long untracked() {
    SourceQuota quota = placement.quota();
    Taken now = taken;
    long sum = now.untrackedBefore() + (quota == null ? 0 : quota.untracked());
    for (ServiceEntry service : now.serviceTable().services()) {
      SourceTable sources = service.sources();
      sum += sources == null ? 0 : sources.untracked();
    }
    return sum;
  }

  /** Returns what has been decided so far. Any thread. */
  public Verdicts verdicts() {
    return verdicts;
  }

  /** Returns the object that every call of {@link #direct} returns. */
  public Decision decision() {
    return decision;
  }

  /**
   * Decides about the readable bytes of {@code frame}, and if the verdict is to forward, has
   * rewritten its MAC addresses when this returns. The indices stay; no byte outside changes.
   *
   * @return what was decided, always the same object: good until the next frame
   */
  public Decision direct(ByteBuf frame) {
    Decision d = decision;
    decider.decide(frame, d);
    if ((d.effects & Decision.RARE) != 0) {
      commit(frame, d);
    } else if (d.has(Decision.NOTE)) {
      note(d);
    }
    if (d.has(Decision.SEND)) {
      rewriter.rewrite(frame, d);
      counters.forwarded(d.slot, frame.readableBytes());
    }
    verdicts.count(d.verdict);
    return d;
  }

  /** Returns a fragment that had waited for the frame decided about last, ready to be sent. */
  @Nullable ByteBuf release(Decision d) {
    ByteBuf waited = fragments.release(d.classifier.fragment());
    if (waited != null) {
      rewriter.rewriteWaited(waited, d);
      counters.forwarded(d.slot, waited.readableBytes());
      verdicts.countReleased();
    }
    return waited;
  }

  /** Does what was decided, but for what is done with every frame that is sent. */
  private void commit(ByteBuf frame, Decision d) {
    if (d.has(Decision.LEAVE)) {
      requireNonNull(d.leavingTable).remove(d.leaving, d.leavingReason);
    }
    if (d.has(Decision.PLACED)) {
      commitPlacement(d);
    }
    if (d.has(Decision.REMEMBER)) {
      remember(d, requireNonNull(d.table));
    } else if (d.has(Decision.NOTE)) {
      commitKnown(d);
    }
    if (d.has(Decision.WATCH)) {
      returns.note(d.digest, d.classifier.source(), d.repeats);
    }
    if (d.has(Decision.STRAY)) {
      forwarder.strays().note(d.classifier.source());
    }
    if (d.has(Decision.HOLD)) {
      fragments.hold(d.classifier.fragment(), frame);
    }
    if (d.has(Decision.LEAD) && d.has(Decision.SEND)) {
      int generation = slots.generation(d.slot);
      if (fragments.first(d.classifier.fragment(), d.slot, generation)) {
        d.releasing(this);
      }
    }
  }

  private void commitKnown(Decision d) {
    FlowTracker table = requireNonNull(d.table);
    if (d.has(Decision.ADOPT)) {
      FlowTracker remembered = requireNonNull(flowTables.of(d.flow)).remembered();
      int adopted = remembered.adopt(table, d.record, d.hash);
      if (adopted >= 0) {
        d.table = remembered;
        d.record = adopted;
      }
    }
    note(d);
    if (d.has(Decision.UPSTREAM)) {
      noteUpstream(d);
    }
  }

  private void commitPlacement(Decision d) {
    int slot = placement.commit(d, requireNonNull(d.service));
    if (slot != d.placed) { // another event loop was faster
      d.placed = slot;
      d.effects &= ~Decision.SEND;
      d.verdict = forwarder.forward(d, slot, d.placement);
    }
  }

  private void remember(Decision d, FlowTracker table) {
    d.record = table.insert(d.flow, d.hash, d.placed, slots.generation(d.placed));
    if (d.record < 0) {
      return;
    }
    if (d.has(Decision.NOTE)) {
      note(d);
    }
    noteUpstream(d);
    table.opened(d.record);
  }

  private void noteUpstream(Decision d) {
    FlowTracker table = requireNonNull(d.table);
    table.upstream(d.record, forwarder.upstream(d, table.upstream(d.record)));
  }

  @SuppressWarnings("NullAway") // whoever adds NOTE has set the table
  private static void note(Decision d) {
    FlowTracker table = d.table;
    switch (d.classifier.kind()) {
      case TCP -> {
        TcpSegment segment = d.classifier.tcp();
        int octets = segment.octets();
        int end = segment.sequence() + octets;
        table.segment(d.record, segment.flags(), end, segment.acknowledgement(), octets);
      }
      case SCTP -> table.association(d.record, d.classifier.sctp().decisiveChunkType());
      default -> table.datagram(d.record);
    }
  }
}
