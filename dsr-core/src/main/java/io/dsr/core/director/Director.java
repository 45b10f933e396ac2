package io.dsr.core.director;

import io.dsr.core.HashKey;
import io.dsr.core.Picker;
import io.dsr.core.connection.ConnectionTable;
import io.dsr.core.connection.FlowKey;
import io.dsr.core.connection.UpstreamMacs;
import io.dsr.core.frame.TcpSegment;
import io.dsr.core.membership.ServerCounters;
import io.dsr.core.membership.Slots;
import io.dsr.core.persistence.PersistenceTable;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Decides what becomes of each frame, and makes it ready to be sent.
 *
 * <p>A frame of a flow that is remembered goes to the server that has it. The first frame of a new
 * flow goes where persistence says, else where the scheduler says, and that is remembered. A frame
 * in the middle of a flow that nobody remembers (after a restart, or taken over from another
 * balancer) goes where a hash of the flow says, never where a counter of our own would: another
 * balancer of the fleet must find the same server. An ICMP error goes to the server whose flow it
 * quotes; without it, path-MTU discovery for downloads fails.
 *
 * <p>One director belongs to one event loop, which alone calls it; only the counts may be read from
 * other threads. {@link #direct} allocates nothing and never throws for what a frame contains.
 */
public final class Director {

  private static final int UPSTREAMS = 4_096;

  private final Slots slots;
  private final MacRewriter rewriter;
  private final ServerCounters counters;
  private final HashKey tableKey = HashKey.random();
  private final Verdicts verdicts = new Verdicts();
  private final FrameClassifier classifier;
  private final UpstreamMacs upstreams = new UpstreamMacs(UPSTREAMS, tableKey);
  private final ConnectionTable ipv4;
  private final DirectorLimits limits;

  private @Nullable ConnectionTable ipv6;
  private Plan plan = Plan.EMPTY;

  /**
   * Creates a director with an empty plan.
   *
   * @param slots generations and MAC addresses of the servers
   * @param counters what this director counts for each server
   * @param source the MAC address that forwarded frames come from, in the low 48 bits: the one with
   *     which the balancer answers ARP
   * @param limits sizes and the key of placement hashes
   * @param nowNanos the clock's reading
   */
  @SuppressWarnings("exports") // made by our own modules alone
  public Director(
      Slots slots, ServerCounters counters, long source, DirectorLimits limits, long nowNanos) {
    this.slots = slots;
    this.counters = counters;
    this.rewriter = new MacRewriter(source);
    this.classifier = new FrameClassifier(limits.hashKey());
    this.limits = limits;
    this.ipv4 =
        new ConnectionTable(false, limits.maximumConnections(), tableKey, counters, nowNanos);
  }

  /** Replaces the plan, between two batches. */
  public void plan(Plan plan, long nowNanos) {
    if (plan.hasIpv6() && ipv6 == null) {
      ipv6 = new ConnectionTable(true, limits.maximumConnections(), tableKey, counters, nowNanos);
    }
    this.plan = plan;
    classifier.plan(plan);
  }

  /**
   * Moves time: flows that have been silent for too long are forgotten. Once a batch, and when
   * idle.
   */
  public void advance(long nowNanos) {
    ipv4.advance(nowNanos);
    if (ipv6 != null) {
      ipv6.advance(nowNanos);
    }
  }

  /** Returns how many flows are remembered. Any thread; exact on the event loop. */
  public int connections() {
    ConnectionTable wide = ipv6;
    return ipv4.size() + (wide == null ? 0 : wide.size());
  }

  /** Returns what has been decided so far. Any thread. */
  public Verdicts verdicts() {
    return verdicts;
  }

  /** Returns the addresses that flows come from. Event loop. */
  UpstreamMacs upstreams() {
    return upstreams;
  }

  /**
   * Decides about the readable bytes of {@code frame}, and if the verdict is to forward, has
   * rewritten its MAC addresses when this returns. The indices stay; no byte outside changes.
   */
  public Verdict direct(ByteBuf frame) {
    Verdict reason = classifier.classify(frame);
    if (reason == null) {
      reason =
          switch (classifier.kind()) {
            case TCP -> tcp(frame);
            case UDP -> udp(frame);
            case ERROR -> error(frame);
          };
    }
    return verdicts.count(reason);
  }

  private Verdict tcp(ByteBuf frame) {
    FlowKey flow = classifier.flow();
    TcpSegment segment = classifier.tcp();
    ConnectionTable table = table(flow);
    if (table == null) {
      return Verdict.PASS_NOT_OURS;
    }
    int record = table.find(flow);
    if (record >= 0 && ends(table, record, segment.flags())) {
      table.remove(record);
      record = ConnectionTable.MISSING;
    }
    if (record < 0) {
      return newTcp(frame, table, flow, segment);
    }
    table.segment(record, segment.flags(), segment.sequenceEnd(), segment.acknowledgement());
    return forwardRemembered(frame, table, record, Verdict.FORWARD_FLOW);
  }

  /** Returns whether a remembered flow must make room for what this segment begins. */
  private boolean ends(ConnectionTable table, int record, int flags) {
    int slot = table.slot(record);
    if (slots.generation(slot) != table.generation(record)) {
      return true;
    }
    return isOpening(flags) && !table.isActive(record);
  }

  private Verdict newTcp(ByteBuf frame, ConnectionTable table, FlowKey flow, TcpSegment segment) {
    PlannedService service = plan.service(flow);
    if (service == null) {
      return noService(flow);
    }
    boolean opening = isOpening(segment.flags());
    Verdict verdict = opening ? Verdict.FORWARD_NEW : Verdict.FORWARD_MIDFLOW;
    int slot = persistent(service, flow);
    if (slot != Picker.NONE) {
      verdict = opening ? Verdict.FORWARD_PERSISTENT : verdict;
    } else {
      slot =
          opening && table.size() < table.capacity() ? service.schedule(flow) : service.place(flow);
    }
    if (slot == Picker.NONE) {
      return Verdict.DROP_NO_SERVER;
    }
    if ((segment.flags() & TcpSegment.RST) != 0) {
      return forward(frame, slot, verdict);
    }
    int record = table.insert(flow, slot, slots.generation(slot));
    if (record < 0) {
      return forward(frame, slot, Verdict.FORWARD_TABLE_FULL);
    }
    table.segment(record, segment.flags(), segment.sequenceEnd(), segment.acknowledgement());
    remember(service, flow, slot);
    return forwardRemembered(frame, table, record, verdict);
  }

  private Verdict udp(ByteBuf frame) {
    FlowKey flow = classifier.flow();
    ConnectionTable table = table(flow);
    if (table == null) {
      return Verdict.PASS_NOT_OURS;
    }
    int record = table.find(flow);
    if (record >= 0 && slots.generation(table.slot(record)) != table.generation(record)) {
      table.remove(record);
      record = ConnectionTable.MISSING;
    }
    if (record < 0) {
      return newUdp(frame, table, flow);
    }
    table.datagram(record);
    return forwardRemembered(frame, table, record, Verdict.FORWARD_FLOW);
  }

  private Verdict newUdp(ByteBuf frame, ConnectionTable table, FlowKey flow) {
    PlannedService service = plan.service(flow);
    if (service == null) {
      return noService(flow);
    }
    Verdict verdict = Verdict.FORWARD_PERSISTENT;
    int slot = persistent(service, flow);
    if (slot == Picker.NONE) {
      verdict = Verdict.FORWARD_NEW;
      slot = table.size() < table.capacity() ? service.schedule(flow) : service.place(flow);
    }
    if (slot == Picker.NONE) {
      return Verdict.DROP_NO_SERVER;
    }
    int record = table.insert(flow, slot, slots.generation(slot));
    if (record < 0) {
      return forward(frame, slot, Verdict.FORWARD_TABLE_FULL);
    }
    remember(service, flow, slot);
    return forwardRemembered(frame, table, record, verdict);
  }

  private Verdict error(ByteBuf frame) {
    FlowKey flow = classifier.flow();
    ConnectionTable table = table(flow);
    if (table == null) {
      return Verdict.PASS_NOT_OURS;
    }
    int record = table.find(flow);
    if (record >= 0 && slots.generation(table.slot(record)) == table.generation(record)) {
      return forward(frame, table.slot(record), Verdict.FORWARD_ICMP_ERROR);
    }
    PlannedService service = plan.service(flow);
    if (service == null) {
      return noService(flow);
    }
    int slot = persistent(service, flow);
    slot = slot == Picker.NONE ? service.place(flow) : slot;
    return slot == Picker.NONE
        ? Verdict.DROP_NO_SERVER
        : forward(frame, slot, Verdict.FORWARD_ICMP_ERROR);
  }

  private Verdict forwardRemembered(
      ByteBuf frame, ConnectionTable table, int record, Verdict verdict) {
    long source = classifier.ethernet().source();
    if (upstreams.mac(table.upstream(record)) != source) {
      table.upstream(record, upstreams.index(source));
    }
    return forward(frame, table.slot(record), verdict);
  }

  private Verdict forward(ByteBuf frame, int slot, Verdict verdict) {
    long mac = slots.mac(slot);
    if (mac == Slots.UNRESOLVED) {
      return Verdict.DROP_UNRESOLVED;
    }
    long source = classifier.ethernet().source();
    if (source == mac || source == rewriter.source()) {
      return Verdict.DROP_LOOP;
    }
    rewriter.rewrite(classifier.ethernet(), mac);
    counters.forwarded(slot, frame.readableBytes());
    return verdict;
  }

  private int persistent(PlannedService service, FlowKey flow) {
    PersistenceTable table = service.persistence();
    if (table == null) {
      return Picker.NONE;
    }
    long found = table.find(flow);
    if (found == PersistenceTable.NONE) {
      return Picker.NONE;
    }
    int slot = PersistenceTable.slot(found);
    boolean same = slots.generation(slot) == PersistenceTable.generation(found);
    return same && service.mayTake(slot) ? slot : Picker.NONE;
  }

  private void remember(PlannedService service, FlowKey flow, int slot) {
    PersistenceTable table = service.persistence();
    if (table != null) {
      table.remember(flow, slot, slots.generation(slot));
    }
  }

  private Verdict noService(FlowKey flow) {
    return plan.isVip(flow) ? Verdict.DROP_NO_SERVICE : Verdict.PASS_NOT_OURS;
  }

  /** Returns where flows of the family are remembered, or null if none can be. Event loop. */
  @Nullable ConnectionTable table(FlowKey flow) {
    return flow.isIpv6() ? ipv6 : ipv4;
  }

  private static boolean isOpening(int flags) {
    return (flags & (TcpSegment.SYN | TcpSegment.ACK | TcpSegment.RST | TcpSegment.FIN))
        == TcpSegment.SYN;
  }
}
