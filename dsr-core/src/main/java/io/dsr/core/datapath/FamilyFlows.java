package io.dsr.core.datapath;

import io.dsr.core.HashKey;
import io.dsr.core.admission.EvictionPolicy;
import io.dsr.core.flow.CloseDetection;
import io.dsr.core.flow.CloseReason;
import io.dsr.core.flow.FlowAging;
import io.dsr.core.flow.FlowKey;
import io.dsr.core.flow.FlowListener;
import io.dsr.core.flow.FlowTimes;
import io.dsr.core.flow.FlowTracker;
import io.dsr.core.membership.ServerCounters;
import org.jspecify.annotations.Nullable;

/**
 * The flows of one event loop and one IP version: those that go on, and TCP connections of which
 * only a SYN has come.
 *
 * <p>A connection enters the large table with its first acknowledgement. Until then it waits in a
 * small one, so that a flood of SYNs fills that and evicts nobody. When the small table is full, a
 * SYN is placed by a hash of its flow and not remembered: its acknowledgement, placed by the same
 * hash, finds the same server. The idea is that of davidcoles/xvs, which stores a flow with its
 * first segment that is no SYN; there every flow is placed by hash, here only those of a flood.
 *
 * <p>Event loop only. A kernel fast path needs the large table alone, and hands every SYN up.
 */
@SuppressWarnings("exports") // used by our own modules alone
public final class FamilyFlows {

  private static final int SCANNED_A_CALL = 256;

  /** What makes the four parts that tables of a director share. */
  record Parts(HashKey tableKey, ServerCounters counters, FlowTimes times, FlowListener listener) {}

  private final FlowTracker remembered;
  private final FlowTracker halfOpen;
  private final EvictionPolicy pressure;
  private int cursor;
  private long random = 0x9e3779b97f4a7c15L;
  private long dropped;

  FamilyFlows(boolean ipv6, DirectorLimits limits, Parts parts, long nowNanos) {
    int most = limits.maximumConnections();
    this.remembered = table(ipv6, most, parts, nowNanos);
    this.halfOpen = table(ipv6, Math.min(most, DirectorLimits.MAXIMUM_HALF_OPEN), parts, nowNanos);
    this.pressure = new EvictionPolicy(limits.admission().pressurePercent());
  }

  /** Returns how many bytes of the heap the flows of one IP version take on one event loop. */
  public static long bytes(boolean ipv6, DirectorLimits limits) {
    int most = limits.maximumConnections();
    return FlowTracker.bytes(ipv6, most)
        + FlowTracker.bytes(ipv6, Math.min(most, DirectorLimits.MAXIMUM_HALF_OPEN));
  }

  private static FlowTracker table(boolean ipv6, int most, Parts parts, long nowNanos) {
    var table =
        new FlowTracker(ipv6, most, parts.tableKey(), parts.counters(), nowNanos, parts.times());
    table.closeDetection(CloseDetection.DEFAULT);
    table.listener(parts.listener());
    return table;
  }

  /** Has {@code aging} asked before a flow is forgotten for its silence, or nobody if null. */
  void aging(@Nullable FlowAging aging) {
    remembered.aging(aging);
    halfOpen.aging(aging);
  }

  /** Returns the flows that go on. */
  public FlowTracker remembered() {
    return remembered;
  }

  /** Returns the TCP connections of which only a SYN has come. */
  public FlowTracker halfOpen() {
    return halfOpen;
  }

  int size() {
    return remembered.size() + halfOpen.size();
  }

  /** Returns how many flows were dropped because the table was nearly full. */
  long dropped() {
    return dropped;
  }

  /** Returns the table that remembers the flow; the large one if none does. Changes nothing. */
  FlowTracker of(FlowKey flow) {
    return remembered.peek(flow) < 0 && halfOpen.peek(flow) >= 0 ? halfOpen : remembered;
  }

  void time(long nowNanos) {
    remembered.time(nowNanos);
    halfOpen.time(nowNanos);
  }

  /** Forgets what is due; returns whether nothing more is at this time. */
  boolean expire() {
    boolean whole = remembered.expire();
    boolean half = halfOpen.expire();
    if (pressure.isUnderPressure(remembered.size(), remembered.capacity())) {
      relieve();
      return false;
    }
    return whole && half;
  }

  private void relieve() {
    for (int left = SCANNED_A_CALL; left > 0; left--) {
      cursor = cursor + 1 < remembered.capacity() ? cursor + 1 : 0;
      if (remembered.inUse(cursor) && isDispensable(cursor) && !remembered.renew(cursor)) {
        remembered.remove(cursor, CloseReason.EVICTED);
        dropped++;
      }
    }
  }

  private boolean isDispensable(int record) {
    random ^= random << 13;
    random ^= random >>> 7;
    random ^= random << 17;
    boolean again = remembered.seenAgain(record);
    return pressure.mayDrop(
        /* confirmed= */ again,
        remembered.isActive(record),
        remembered.idleNanos(record),
        again ? EvictionPolicy.MOST_FRAMES : 1,
        random);
  }
}
