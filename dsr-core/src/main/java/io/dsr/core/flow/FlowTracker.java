package io.dsr.core.flow;

import static java.util.Objects.requireNonNull;

import io.dsr.core.HashKey;
import io.dsr.core.Protocol;
import io.dsr.core.membership.ServerCounters;
import org.jspecify.annotations.Nullable;

/**
 * Which flow is this, and who has it: the flows of one event loop, of one IP version.
 *
 * <p>A flow is a record with a number, which it keeps until it is forgotten. {@link FlowRecords}
 * says what a record holds, {@link FlowIndex} finds it by its key and {@link TimingWheel} by its
 * deadline. All memory, 56 to 60 bytes a flow for IPv4 and 80 to 84 for IPv6, is taken at
 * construction; after that nothing is allocated. A frame of a known flow writes its record alone:
 * the wheel learns of a deadline that has moved away when the old one comes up.
 *
 * <p>Time is what {@link #time} was told last, in ticks of 33.6 ms. No flow is forgotten before its
 * timeout has passed; two ticks later {@link #find} does not find it any more.
 *
 * <p>Every flow is counted in the {@link ServerCounters} of its slot, as active or inactive, from
 * {@code insert} until it is forgotten: by its state, or more closely under {@link CloseDetection}.
 * Event loop only.
 */
public final class FlowTracker extends FlowTable {

  /** Returned for a flow that has no record. */
  public static final int MISSING = -1;

  /** Returned where there is no record left. */
  public static final int FULL = -2;

  /** The most records that one call looks at because their time may have come. */
  static final int RECORDS_A_CALL = 256;

  private static final int MAXIMUM_SLOT = 65_535;

  /** Flags of segments that begin or end something. */
  private static final int TURNING = TcpState.SYN | TcpState.FIN | TcpState.RST;

  private final ServerCounters counters;

  private @Nullable CloseRules detection;
  private @Nullable FlowListener listener;
  private @Nullable FlowAging aging;

  /** A record that nobody has been told of yet. */
  private int unannounced = MISSING;

  /**
   * Creates an empty table with the timeouts of IPVS.
   *
   * @param ipv6 whether it is for IPv6 flows, or for IPv4 ones
   * @param capacity how many flows it can hold, 1 to {@link #MAXIMUM_CAPACITY}
   * @param tableKey the key of the process's own tables, never the one of placement
   * @param counters what the flows are counted in, of the same event loop
   * @param nowNanos the reading of the {@link io.dsr.core.Ticker} that {@link #time} is given
   */
  public FlowTracker(
      boolean ipv6, int capacity, HashKey tableKey, ServerCounters counters, long nowNanos) {
    this(ipv6, capacity, tableKey, counters, nowNanos, new FlowTimes(MAXIMUM_SLOT + 1));
  }

  /** Creates an empty table with timeouts of their own for each slot. */
  public FlowTracker(
      boolean ipv6,
      int capacity,
      HashKey tableKey,
      ServerCounters counters,
      long nowNanos,
      FlowTimes times) {
    super(ipv6, capacity, tableKey, times, nowNanos);
    this.counters = requireNonNull(counters, "counters");
  }

  /** Counts flows as active by what their frames tell, not by their state alone. */
  public void closeDetection(CloseDetection rules) {
    this.detection = new CloseRules(rules);
  }

  /** Has {@code next} told of the life of each flow, or nobody if null. */
  public void listener(@Nullable FlowListener next) {
    listener = next;
  }

  /** Has {@code next} asked before a flow is forgotten for its silence, or nobody if null. */
  public void aging(@Nullable FlowAging next) {
    aging = next;
  }

  /**
   * Returns the record of a flow, or {@link #MISSING}. A flow whose time has passed is missing, and
   * forgotten on the spot.
   */
  public int find(FlowKey key) {
    int record = seek(key, hash(key));
    if (record < 0 || !isOver(record)) {
      return record;
    }
    remove(record, CloseReason.EXPIRED);
    return MISSING;
  }

  /**
   * Remembers a flow that {@link #find} has just missed, and returns its record, or {@link #FULL}.
   *
   * <p>A TCP flow begins in {@link TcpState#NONE}, inactive; its first segment goes to {@link
   * #segment}, as every later one; likewise one of SCTP and {@link #association}. A flow of another
   * protocol is active at once.
   *
   * @param slot the server that takes the flow, 0 to 65,535
   * @param generation the generation of the slot, 0 to 65,535
   * @throws IllegalArgumentException if the slot or the generation is out of range, or the key is
   *     of the other IP version
   */
  public int insert(FlowKey key, int slot, int generation) {
    return insert(key, hash(key), slot, generation);
  }

  /**
   * Remembers a flow as {@link #insert(FlowKey, int, int)} does. Whoever has a listener calls
   * {@link #opened} when the record is complete.
   *
   * @param hash what {@link #hash} returns for the key
   */
  public int insert(FlowKey key, int hash, int slot, int generation) {
    return insert(key, hash, slot, generation, FlowState.initial(key.protocol()));
  }

  /**
   * Remembers a flow as {@link #insert(FlowKey, int, int)} does, but one of TCP in a state that is
   * known from elsewhere. For other protocols the state does not matter.
   */
  public int insert(FlowKey key, int slot, int generation, TcpState initial) {
    boolean tcp = key.protocol() == Protocol.TCP.number();
    int state = tcp ? initial.code() : FlowState.initial(key.protocol());
    return insert(key, hash(key), slot, generation, state);
  }

  private int insert(FlowKey key, int hash, int slot, int generation, int state) {
    checkRange("slot", slot, 0, MAXIMUM_SLOT);
    checkRange("generation", generation, 0, MAXIMUM_SLOT);
    if (key.isIpv6() != records.isIpv6()) {
      throw new IllegalArgumentException(
          "key: " + (key.isIpv6() ? "IPv6 (expected: IPv4)" : "IPv4 (expected: IPv6)"));
    }
    int record = take();
    if (record == FULL) {
      return FULL;
    }
    records.write(record, key, state, slot, generation);
    records.begin(record, (int) now + timeout(record) + 1);
    records.counted(record, ACTIVE[state]);
    counters.opened(slot, ACTIVE[state]);
    enter(record, hash);
    unannounced = record;
    return record;
  }

  /** Tells the listener of a flow that was inserted just now, and is complete. */
  public void opened(int record) {
    unannounced = MISSING;
    if (listener != null) {
      listener.opened(this, record);
    }
  }

  /**
   * Takes over a flow that another table of the same event loop and IP version remembers, with all
   * that is known of it, and returns its record here, or {@link #FULL}: then it stays where it is.
   *
   * @param hash what {@link #hash} returns for the flow's key
   */
  public int adopt(FlowTracker from, int other, int hash) {
    int record = take();
    if (record == FULL) {
      return FULL;
    }
    records.copy(record, from.records, other);
    enter(record, hash);
    from.index.remove(hash, other);
    from.wheel.disarm(other);
    from.records.free(other);
    from.size--;
    return record;
  }

  /**
   * Remembers a flow that was remembered before, by another process or another balancer.
   *
   * @param stateName as {@link #stateName} gave it
   * @param remainingNanos how long it is remembered if no frame comes, at most its timeout
   * @return its record, {@link #FULL}, or {@link #MISSING} if there is no such state
   */
  public int restore(FlowKey key, int slot, int generation, String stateName, long remainingNanos) {
    int state = FlowState.ofName(stateName, key.protocol());
    if (state < 0) {
      return MISSING;
    }
    int record = insert(key, hash(key), slot, generation, state);
    if (record >= 0) {
      long ticks = Math.clamp(remainingNanos >> TICK_BITS, 0L, timeout(record));
      records.begin(record, (int) now + (int) ticks + 1);
      rearm(record);
    }
    return record;
  }

  /** Gives a restored flow its newest numbers. */
  public void numbers(int record, int sequenceEnd, boolean acknowledged, int acknowledgement) {
    records.offerSequenceEnd(record, sequenceEnd);
    if (acknowledged) {
      records.offerAcknowledgement(record, acknowledgement);
    }
  }

  /**
   * Takes note of a segment of a TCP flow: its state, its deadline and its newest numbers move on.
   *
   * <p>Numbers move only forward, in the arithmetic of RFC 9293, section 3.4; but a SYN that begins
   * a connection on a flow that had another begins the numbers too.
   *
   * @param tcpFlags the flags of the segment's header
   * @param sequenceEnd the sequence number that follows its last octet, with SYN and FIN counted
   * @param acknowledgement its acknowledgement number; does not matter without the ACK flag
   * @param octets how many sequence numbers it takes, SYN and FIN counted
   */
  public void segment(int record, int tcpFlags, int sequenceEnd, int acknowledgement, int octets) {
    int before = records.state(record);
    int after = TcpState.next(before, tcpFlags);
    long server = touch(record, after);
    if (after != before || (tcpFlags & TURNING) != 0) {
      turn(record, before, after, tcpFlags, sequenceEnd);
    }
    boolean moved = records.offerSequenceEnd(record, sequenceEnd);
    int acknowledged =
        (tcpFlags & TcpState.ACK) == 0 ? 0 : records.offerAcknowledgement(record, acknowledgement);
    boolean again = octets > 0 && !moved && acknowledged == 0;
    boolean goesOn = after == before && (tcpFlags & TURNING) == 0 && ACTIVE[after];
    if (!goesOn || again || !FlowRecords.isSteady(server)) {
      judge(record, after, tcpFlags, acknowledged, again, moved);
    }
    if (after != before) {
      tellChanged(record);
    }
  }

  /** Takes note of a segment that changes the state of its flow, or is one that may. */
  private void turn(int record, int before, int after, int tcpFlags, int sequenceEnd) {
    if (after != before) {
      changeState(record, before, after);
    }
    boolean begins =
        (tcpFlags & (TcpState.SYN | TcpState.RST)) == TcpState.SYN
            && after == TcpState.SYN_RECEIVED.code();
    boolean repeated = before == after && records.sequenceEnd(record) == sequenceEnd;
    if (begins && !repeated) {
      records.clearNumbers(record);
    }
  }

  /** Decides whether a flow counts, after a segment that may have changed that. */
  private void judge(
      int record, int state, int tcpFlags, int acknowledged, boolean again, boolean moved) {
    CloseRules rules = detection;
    if (rules == null) {
      count(record, ACTIVE[state]);
      return;
    }
    if (again || ((moved || acknowledged > 0) && records.resent(record) > 0)) {
      resent(record, again);
    }
    boolean counted = records.counted(record);
    count(record, rules.isLoad(state, tcpFlags, acknowledged, records.resent(record), counted));
  }

  private void resent(int record, boolean again) {
    records.resent(record, again ? records.resent(record) + 1 : 0);
    if (again && records.counted(record)) {
      rearm(record);
    }
  }

  /** Takes note of a packet of an SCTP flow, by the type of the chunk that decides. */
  public void association(int record, int chunkType) {
    int before = records.state(record);
    int after = FlowState.SCTP + SctpState.next(before - FlowState.SCTP, chunkType);
    touch(record, after);
    if (after != before) {
      changeState(record, before, after);
    }
    count(record, ACTIVE[after]);
    if (after != before) {
      tellChanged(record);
    }
  }

  private void tellChanged(int record) {
    if (listener != null && record != unannounced) {
      listener.changed(this, record);
    }
  }

  /** Takes note of a datagram: the deadline of its flow moves on. */
  public void datagram(int record) {
    if (!FlowRecords.isSteady(touch(record, records.state(record)))) {
      count(record, true);
    }
  }

  /** Forgets a flow; fails with an {@link IllegalStateException} if the record is not in use. */
  public void remove(int record, CloseReason reason) {
    if (!records.inUse(record)) {
      throw new IllegalStateException("record: " + record + " (expected: a record in use)");
    }
    index.remove(records.hash(record, tableKey), record);
    free(record, reason);
  }

  /**
   * Asks the {@link FlowAging} when a flow was last seen elsewhere; if that is later than here, it
   * is remembered for as much longer. Returns whether it is.
   */
  public boolean renew(int record) {
    long deadline = deadlineElsewhere(record);
    int known = records.deadline(record, (int) now) - (int) now;
    if (deadline == FlowAging.NEVER || deadline - now <= Math.max(0, known)) {
      return false;
    }
    records.touch(record, records.server(record), (int) deadline);
    rearm(record);
    return true;
  }

  /**
   * Moves the time on; called once for each batch of frames, before the first.
   *
   * @param nowNanos the reading of the ticker; one before the last is taken as no progress
   */
  public void time(long nowNanos) {
    now = Math.max(now, (nowNanos - origin) >> TICK_BITS);
  }

  private int take() {
    int record = records.take();
    if (record == FlowRecords.NONE) {
      expire();
      record = records.take();
    }
    return record == FlowRecords.NONE ? FULL : record;
  }

  @Override
  long deadlineElsewhere(int record) {
    long seen = aging == null ? FlowAging.NEVER : aging.lastSeen(this, record);
    return seen == FlowAging.NEVER
        ? FlowAging.NEVER
        : Math.min(now, (seen - origin) >> TICK_BITS) + timeout(record) + 1;
  }

  private void enter(int record, int hash) {
    index.add(hash, record);
    wheel.arm(record, wakeUp(record));
    size++;
  }

  /**
   * Forgets flows whose time has passed; called after each batch of frames, and by a timer.
   *
   * <p>Looks at a few hundred records at most, and leaves the others to the next call. Until then
   * they take room, but {@link #find} does not find them.
   *
   * @return whether nothing is left to do at this time
   */
  public boolean expire() {
    int record = wheel.due(now);
    for (int left = RECORDS_A_CALL; record != TimingWheel.NONE && left > 0; left--) {
      if (!isDue(record)) {
        quieten(record);
        rearm(record);
      } else if (!renew(record)) {
        remove(record, CloseReason.EXPIRED);
      }
      record = wheel.due(now);
    }
    return record == TimingWheel.NONE;
  }

  private void quieten(int record) {
    CloseRules rules = detection;
    if (rules != null && records.counted(record) && quietAt(rules, record) - (int) now <= 0) {
      records.counted(record, false);
      counters.deactivated(records.slot(record));
    }
  }

  private void changeState(int record, int before, int after) {
    records.state(record, after);
    int slot = records.slot(record);
    if (times.ticks(slot, after) < times.ticks(slot, before)) {
      rearm(record);
    }
  }

  private void count(int record, boolean yes) {
    if (records.counted(record) == yes) {
      return;
    }
    records.counted(record, yes);
    if (yes) {
      counters.activated(records.slot(record));
      rearm(record);
    } else {
      counters.deactivated(records.slot(record));
    }
  }

  /** Moves the deadline of a flow on, and returns the word that had it, as it was. */
  private long touch(int record, int state) {
    long server = records.server(record);
    // One tick more: this one began before the frame came.
    records.touch(record, server, (int) now + times.ticks(FlowRecords.slotOf(server), state) + 1);
    return server;
  }

  /** Returns when to look at a flow next: at its deadline, or when it will count no longer. */
  private int wakeUp(int record) {
    int deadline = records.deadline(record, (int) now);
    CloseRules rules = detection;
    if (rules == null || !records.counted(record)) {
      return deadline;
    }
    int quiet = quietAt(rules, record);
    return quiet - deadline < 0 ? quiet : deadline;
  }

  private int quietAt(CloseRules rules, int record) {
    return lastTouch(record) + rules.silence(records.state(record), records.resent(record)) + 1;
  }

  private void rearm(int record) {
    wheel.disarm(record);
    wheel.arm(record, wakeUp(record));
  }

  private void free(int record, CloseReason reason) {
    try {
      if (listener != null && record != unannounced) {
        listener.closed(this, record, reason);
      }
    } finally { // or a listener that throws would leave half a record, which fails every batch
      wheel.disarm(record);
      counters.closed(records.slot(record), records.counted(record));
      records.free(record);
      size--;
    }
  }
}
