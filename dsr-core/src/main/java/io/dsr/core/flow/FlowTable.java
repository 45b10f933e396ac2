package io.dsr.core.flow;

import static java.util.Objects.requireNonNull;

import io.dsr.core.HashKey;

/** What can be read of the flows that a {@link FlowTracker} remembers. Event loop only. */
abstract class FlowTable {

  /** The most flows that a table can be made for. */
  public static final int MAXIMUM_CAPACITY = 1 << 28;

  /** The most flows that can be prefetched at once. */
  public static final int MOST_PREFETCHED = RecordPrefetcher.MOST;

  /** A tick is two to this power nanoseconds. */
  static final int TICK_BITS = 25;

  private static final int MAXIMUM_UPSTREAM = 65_535;

  /** Whether a flow counts as active by its state alone, for each state code. */
  static final boolean[] ACTIVE = active();

  final int capacity;
  final HashKey tableKey;
  final FlowTimes times;
  final FlowRecords records;
  final FlowIndex index;
  final TimingWheel wheel;
  final RecordPrefetcher prefetcher = new RecordPrefetcher();

  /** The reading of the ticker at tick 0. */
  final long origin;

  long now;
  int size;

  FlowTable(boolean ipv6, int capacity, HashKey tableKey, FlowTimes times, long nowNanos) {
    checkRange("capacity", capacity, 1, MAXIMUM_CAPACITY);
    this.capacity = capacity;
    this.tableKey = requireNonNull(tableKey, "tableKey");
    this.times = requireNonNull(times, "times");
    this.records = new FlowRecords(ipv6, capacity);
    this.index = new FlowIndex(capacity);
    this.wheel = new TimingWheel(capacity, now);
    this.origin = nowNanos;
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

  /** Returns the record of a flow, or {@link FlowTracker#MISSING}; changes nothing. */
  public int peek(FlowKey key) {
    int record = seek(key, hash(key));
    return record < 0 || isOver(record) ? FlowTracker.MISSING : record;
  }

  /** Returns the hash by which tables of this IP version and table key know a flow. */
  public int hash(FlowKey key) {
    return records.hash(key, tableKey);
  }

  /**
   * Returns the record of a flow, be its time over or not ({@link #isOver}), or {@link
   * FlowTracker#MISSING}; changes nothing.
   *
   * @param hash what {@link #hash} returns for the key
   */
  public int seek(FlowKey key, int hash) {
    int position = index.first(hash);
    while (position != FlowIndex.NONE) {
      int record = index.record(position);
      if (records.isOf(record, key)) {
        return record;
      }
      position = index.after(position, hash);
    }
    return FlowTracker.MISSING;
  }

  /** Returns whether the flow's time has passed, and nobody has seen it elsewhere since. */
  public boolean isOver(int record) {
    return isDue(record) && deadlineElsewhere(record) <= now;
  }

  /**
   * Prefetches that a flow with that hash will be searched for; one more than {@link
   * #MOST_PREFETCHED} is ignored.
   */
  public void prefetch(int hash) {
    prefetcher.prefetch(hash);
  }

  /** Loads the memory of all flows that were prefetched, of all at the same time. */
  public void loadPrefetched() {
    prefetcher.load(index, records);
  }

  /** Returns how many flows are remembered, those included whose time has just passed. */
  public int size() {
    return size;
  }

  /** Returns how many flows can be remembered: records are numbered from 0 to this less 1. */
  public int capacity() {
    return capacity;
  }

  /** Returns whether one more flow can be remembered. */
  public boolean hasRoom() {
    return size < capacity;
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
    return FlowState.isTcp(state) ? TcpState.ofCode(state) : TcpState.NONE;
  }

  /** Returns the name of the flow's state in capitals; {@code UDP} for a flow of UDP. */
  public String stateName(int record) {
    return FlowState.name(records.state(record));
  }

  /** Returns whether the flow's state is an active one. */
  public boolean isActive(int record) {
    return ACTIVE[records.state(record)];
  }

  /**
   * Returns whether all that has come of the flow is the client's part of a handshake which is not
   * known to have ended.
   */
  public boolean isOpening(int record) {
    return FlowState.isOpening(records.state(record));
  }

  /** Returns whether the flow is of an SCTP association that has ended. */
  public boolean isOverAssociation(int record) {
    return FlowState.isOverAssociation(records.state(record));
  }

  /** Returns whether the flow counts as load on its server, see {@link CloseDetection}. */
  public boolean isCounted(int record) {
    return records.counted(record);
  }

  /**
   * Returns whether the flow may still be in use: it counts as load, or its state is an active one
   * and it is only silent. A SYN that was refused and a client that gets no answer any more are
   * not.
   */
  public boolean isOpen(int record) {
    return isCounted(record)
        || (isActive(record)
            && state(record) != TcpState.SYN_RECEIVED
            && resent(record) < CloseDetection.STALLED);
  }

  /** Returns whether the flow has had more than one frame. */
  public boolean seenAgain(int record) {
    return records.seenAgain(record);
  }

  /** Returns how often in a row the client has sent the same again, at most 3. */
  public int resent(int record) {
    return records.resent(record);
  }

  /** Returns how long the flow will yet be remembered if no frame comes, in nanoseconds. */
  public long remainingNanos(int record) {
    return (long) Math.max(0, records.deadline(record, (int) now) - (int) now) << TICK_BITS;
  }

  /** Returns how long the flow's last frame has been ago, in nanoseconds. */
  public long idleNanos(int record) {
    return (long) Math.max(0, (int) now - lastTouch(record)) << TICK_BITS;
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
  public void upstream(int record, int number) {
    checkRange("index", number, 0, MAXIMUM_UPSTREAM);
    records.upstream(record, number);
  }

  /** Returns the ticks in which a flow is forgotten that stays as it is. */
  int timeout(int record) {
    return times.ticks(records.slot(record), records.state(record));
  }

  /** Returns the tick in which the flow's last frame came. */
  int lastTouch(int record) {
    return records.deadline(record, (int) now) - timeout(record) - 1;
  }

  boolean isDue(int record) {
    return records.deadline(record, (int) now) - (int) now <= 0;
  }

  /** Returns the tick until which the flow is remembered for a frame elsewhere, or NEVER. */
  abstract long deadlineElsewhere(int record);

  static void checkRange(String name, int value, int minimum, int maximum) {
    if (value < minimum || value > maximum) {
      throw new IllegalArgumentException(
          name + ": " + value + " (expected: " + minimum + " to " + maximum + ")");
    }
  }

  private static boolean[] active() {
    boolean[] active = new boolean[FlowState.CODES];
    for (int code = 0; code < active.length; code++) {
      active[code] = FlowState.isActive(code);
    }
    return active;
  }
}
