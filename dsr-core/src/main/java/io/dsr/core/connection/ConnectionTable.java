package io.dsr.core.connection;

import static java.util.Objects.requireNonNull;

import io.dsr.core.HashKey;
import io.dsr.core.Protocol;
import io.dsr.core.membership.ServerCounters;
import java.time.Duration;

/**
 * Which flow is this, and who has it: the flows of one event loop, of one IP version.
 *
 * <p>A flow is a record with a number, which it keeps until it is forgotten. {@link FlowRecords}
 * says what a record holds, {@link FlowIndex} finds it by its key and {@link TimingWheel} by its
 * deadline. All memory, 56 to 60 bytes a flow for IPv4 and 80 to 84 for IPv6, is taken at
 * construction; after that nothing is allocated. A frame of a known flow writes its record alone:
 * the wheel learns of a deadline that has moved away when the old one comes up.
 *
 * <p>Time is what {@link #advance} was told last, in ticks of 33.6 ms. No flow is forgotten before
 * its timeout has passed; two ticks later {@link #find} does not find it any more.
 *
 * <p>Every flow is counted in the {@link ServerCounters} of its slot, as active or inactive, from
 * {@code insert} until it is forgotten. Event loop only.
 */
public final class ConnectionTable {

  /** Returned for a flow that has no record. */
  public static final int MISSING = -1;

  /** Returned where there is no record left. */
  public static final int FULL = -2;

  /** The most flows that a table can be made for. */
  public static final int MAXIMUM_CAPACITY = 1 << 28;

  /** The most records that one call looks at because their time may have come. */
  static final int RECORDS_A_CALL = 256;

  /** A tick is two to this power nanoseconds. */
  static final int TICK_BITS = 25;

  /** The state code of a flow of any protocol but TCP. */
  private static final int DATAGRAM = 11;

  private static final int DATAGRAM_SECONDS = 300;
  private static final int MAXIMUM_SLOT = 65_535;
  private static final int MAXIMUM_UPSTREAM = 65_535;
  private static final Duration MINIMUM_TIMEOUT = Duration.ofSeconds(1);
  private static final Duration MAXIMUM_TIMEOUT = Duration.ofDays(31);

  private final int capacity;
  private final HashKey tableKey;
  private final ServerCounters counters;
  private final long origin;
  private final FlowRecords records;
  private final FlowIndex index;
  private final TimingWheel wheel;

  /** Timeouts in ticks, and whether a flow counts as active, for each state code. */
  private final int[] timeouts = new int[TcpState.CODES];

  private final boolean[] active = new boolean[TcpState.CODES];

  private long now;
  private int size;

  /**
   * Creates an empty table.
   *
   * @param ipv6 whether it is for IPv6 flows, or for IPv4 ones
   * @param capacity how many flows it can hold, 1 to {@link #MAXIMUM_CAPACITY}
   * @param tableKey the key of the process's own tables, never the one of placement
   * @param counters what the flows are counted in, of the same event loop
   * @param nowNanos the reading of the {@link io.dsr.core.Ticker} that {@link #advance} is given
   */
  public ConnectionTable(
      boolean ipv6, int capacity, HashKey tableKey, ServerCounters counters, long nowNanos) {
    checkRange("capacity", capacity, 1, MAXIMUM_CAPACITY);
    this.capacity = capacity;
    this.tableKey = requireNonNull(tableKey, "tableKey");
    this.counters = requireNonNull(counters, "counters");
    this.origin = nowNanos;
    this.records = new FlowRecords(ipv6, capacity);
    this.index = new FlowIndex(capacity);
    this.wheel = new TimingWheel(capacity, now);
    for (TcpState state : TcpState.values()) {
      timeouts[state.code()] = ticks(Duration.ofSeconds(state.timeoutSeconds()));
      active[state.code()] = state.isActive();
    }
    timeouts[DATAGRAM] = ticks(Duration.ofSeconds(DATAGRAM_SECONDS));
    active[DATAGRAM] = true;
  }

  /** Returns how many bytes a table for {@code capacity} flows takes. */
  public static long bytes(boolean ipv6, int capacity) {
    checkRange("capacity", capacity, 1, MAXIMUM_CAPACITY);
    return FlowRecords.bytes(ipv6, capacity)
        + FlowIndex.bytes(capacity)
        + TimingWheel.bytes(capacity);
  }

  /** Returns how many bytes this takes, be it empty or full. */
  public long bytes() {
    return records.bytes() + index.bytes() + wheel.bytes();
  }

  /**
   * Sets how long a TCP flow in {@code state} is remembered after its last segment, 1 s to 31 days;
   * {@link TcpState#timeoutSeconds} unless set.
   *
   * @throws IllegalStateException if there are flows already
   */
  public void timeout(TcpState state, Duration timeout) {
    timeout(state.code(), timeout);
  }

  /**
   * Sets how long a flow of another protocol is remembered after its last datagram, 1 s to 31 days;
   * 300 s unless set.
   *
   * @throws IllegalStateException if there are flows already
   */
  public void datagramTimeout(Duration timeout) {
    timeout(DATAGRAM, timeout);
  }

  /**
   * Returns the record of a flow, or {@link #MISSING}. A flow whose time has passed is missing, and
   * forgotten on the spot.
   */
  public int find(FlowKey key) {
    int hash = records.hash(key, tableKey);
    int position = index.first(hash);
    while (position != FlowIndex.NONE) {
      int record = index.record(position);
      if (records.isOf(record, key)) {
        if (!isDue(record)) {
          return record;
        }
        index.removeAt(position);
        free(record);
        return MISSING;
      }
      position = index.after(position, hash);
    }
    return MISSING;
  }

  /**
   * Remembers a flow that {@link #find} has just missed, and returns its record, or {@link #FULL}.
   *
   * <p>A TCP flow begins in {@link TcpState#NONE}, inactive; its first segment goes to {@link
   * #segment}, as every later one. A flow of another protocol is active at once.
   *
   * @param slot the server that takes the flow, 0 to 65,535
   * @param generation the generation of the slot, 0 to 65,535
   * @throws IllegalArgumentException if the slot or the generation is out of range, or the key is
   *     of the other IP version
   */
  public int insert(FlowKey key, int slot, int generation) {
    return insert(key, slot, generation, TcpState.NONE);
  }

  /**
   * Remembers a flow as {@link #insert(FlowKey, int, int)} does, but one of TCP in a state that is
   * known from elsewhere. For other protocols the state does not matter.
   */
  public int insert(FlowKey key, int slot, int generation, TcpState initial) {
    checkRange("slot", slot, 0, MAXIMUM_SLOT);
    checkRange("generation", generation, 0, MAXIMUM_SLOT);
    if (key.isIpv6() != records.isIpv6()) {
      throw new IllegalArgumentException("key: of the other IP version");
    }
    int record = records.take();
    if (record == FlowRecords.NONE) {
      expire();
      record = records.take();
      if (record == FlowRecords.NONE) {
        return FULL;
      }
    }
    int state = key.protocol() == Protocol.TCP.number() ? initial.code() : DATAGRAM;
    records.write(record, key, state, slot, generation);
    touch(record, state);
    index.add(records.hash(key, tableKey), record);
    wheel.arm(record, records.deadline(record));
    counters.opened(slot, active[state]);
    size++;
    return record;
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
   */
  public void segment(int record, int tcpFlags, int sequenceEnd, int acknowledgement) {
    int before = records.state(record);
    int after = TcpState.next(before, tcpFlags);
    touch(record, after);
    if (after != before) {
      changeState(record, before, after);
    }
    if ((tcpFlags & (TcpState.SYN | TcpState.RST)) == TcpState.SYN
        && after == TcpState.SYN_RECEIVED.code()) {
      records.clearNumbers(record);
    }
    records.offerSequenceEnd(record, sequenceEnd);
    if ((tcpFlags & TcpState.ACK) != 0) {
      records.offerAcknowledgement(record, acknowledgement);
    }
  }

  /** Takes note of a datagram: the deadline of its flow moves on. */
  public void datagram(int record) {
    touch(record, records.state(record));
  }

  /**
   * Forgets a flow.
   *
   * @throws IllegalStateException if the record is not in use
   */
  public void remove(int record) {
    if (!records.inUse(record)) {
      throw new IllegalStateException("record: " + record + " (expected: in use)");
    }
    index.remove(records.hash(record, tableKey), record);
    free(record);
  }

  /**
   * Moves the time on and forgets flows whose time has passed; called once for each batch of
   * frames, and by a timer.
   *
   * <p>Looks at a few hundred records at most, and leaves the others to the next call.
   *
   * @param nowNanos the reading of the ticker; one before the last is taken as no progress
   * @return whether nothing is left to do at this time
   */
  public boolean advance(long nowNanos) {
    now = Math.max(now, (nowNanos - origin) >> TICK_BITS);
    return expire();
  }

  /** Returns how many flows are remembered, those included whose time has just passed. */
  public int size() {
    return size;
  }

  /** Returns how many flows can be remembered: records are numbered from 0 to this less 1. */
  public int capacity() {
    return capacity;
  }

  /** Returns whether a record, 0 to {@link #capacity}{@code - 1}, is that of a flow just now. */
  public boolean inUse(int record) {
    return records.inUse(record);
  }

  /** Makes {@code into} the key of the flow. */
  public void key(int record, FlowKey into) {
    records.key(record, into);
  }

  /** Returns the slot of the flow's server. */
  public int slot(int record) {
    return records.slot(record);
  }

  /** Returns the generation of the slot that the flow's server is. */
  public int generation(int record) {
    return records.generation(record);
  }

  /** Returns the state of a TCP flow, {@link TcpState#NONE} for a flow of another protocol. */
  public TcpState state(int record) {
    int state = records.state(record);
    return state == DATAGRAM ? TcpState.NONE : TcpState.ofCode(state);
  }

  /** Returns whether the flow counts as active. */
  public boolean isActive(int record) {
    return active[records.state(record)];
  }

  /** Returns how long the flow will yet be remembered if no frame comes, in nanoseconds. */
  public long remainingNanos(int record) {
    return (long) Math.max(0, records.deadline(record) - (int) now) << TICK_BITS;
  }

  /** Returns whether the client has acknowledged anything on the flow. */
  public boolean hasAcknowledgement(int record) {
    return records.hasAcknowledgement(record);
  }

  /** Returns the client's newest acknowledgement number, 0 if there was none. */
  public int acknowledgement(int record) {
    return records.acknowledgement(record);
  }

  /** Returns the sequence number after the client's newest octet, 0 before the first segment. */
  public int sequenceEnd(int record) {
    return records.sequenceEnd(record);
  }

  /** Returns the number, in {@link UpstreamMacs}, of the address that the flow comes from. */
  public int upstream(int record) {
    return records.upstream(record);
  }

  /** Sets the number of the address that the flow comes from, 0 to 65,535. */
  public void upstream(int record, int index) {
    checkRange("index", index, 0, MAXIMUM_UPSTREAM);
    records.upstream(record, index);
  }

  private boolean expire() {
    int record = wheel.due(now);
    for (int left = RECORDS_A_CALL; record != TimingWheel.NONE && left > 0; left--) {
      if (isDue(record)) {
        remove(record);
      } else {
        rearm(record);
      }
      record = wheel.due(now);
    }
    return record == TimingWheel.NONE;
  }

  private boolean isDue(int record) {
    return records.deadline(record) - (int) now <= 0;
  }

  private void changeState(int record, int before, int after) {
    records.state(record, after);
    if (timeouts[after] < timeouts[before]) {
      rearm(record);
    }
    if (active[after] == active[before]) {
      return;
    }
    if (active[after]) {
      counters.activated(records.slot(record));
    } else {
      counters.deactivated(records.slot(record));
    }
  }

  private void touch(int record, int state) {
    // One tick more: this one began before the frame came.
    records.deadline(record, (int) now + timeouts[state] + 1);
  }

  private void rearm(int record) {
    wheel.disarm(record);
    wheel.arm(record, records.deadline(record));
  }

  private void free(int record) {
    wheel.disarm(record);
    counters.closed(records.slot(record), active[records.state(record)]);
    records.free(record);
    size--;
  }

  private void timeout(int state, Duration timeout) {
    if (timeout.compareTo(MINIMUM_TIMEOUT) < 0 || timeout.compareTo(MAXIMUM_TIMEOUT) > 0) {
      throw new IllegalArgumentException("timeout: " + timeout + " (expected: 1 s to 31 days)");
    }
    if (size != 0) {
      throw new IllegalStateException("size: " + size + " (expected: 0)");
    }
    timeouts[state] = ticks(timeout);
  }

  private static int ticks(Duration timeout) {
    long nanos = timeout.toNanos();
    return Math.toIntExact((nanos + (1L << TICK_BITS) - 1) >> TICK_BITS);
  }

  private static void checkRange(String name, int value, int minimum, int maximum) {
    if (value < minimum || value > maximum) {
      throw new IllegalArgumentException(
          name + ": " + value + " (expected: " + minimum + " to " + maximum + ")");
    }
  }
}
