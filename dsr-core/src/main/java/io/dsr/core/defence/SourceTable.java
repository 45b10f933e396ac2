package io.dsr.core.defence;

import io.dsr.core.FlowView;
import io.dsr.core.HashKey;
import io.dsr.core.SourceLimits;

/**
 * What each source of one service does just now, against {@link SourceLimits}: its live flows, how
 * fast it begins new ones and sends resets, and whether it is banned.
 *
 * <p>Rates are kept by the generic cell rate algorithm (ITU-T I.371, annex A): one time for each
 * rate, by when all that was admitted would have been admitted at the steady rate. It admits a
 * burst and then the rate, and forgets nothing at the turn of a second.
 *
 * <p>A source that finds no entry is not limited: {@link #untracked} counts how often. Bounded;
 * allocates nothing after construction. Event loop only. A kernel fast path needs none of this: new
 * flows and resets are handed up.
 */
public final class SourceTable {

  /** Nothing stands against it. */
  public static final int ADMITTED = 0;

  /** The source begins too many flows a second, or sends too many resets. */
  public static final int OVER_RATE = 1;

  /** The source has too many live flows. */
  public static final int OVER_CONNECTIONS = 2;

  /** The source is banned. */
  public static final int BANNED = 3;

  private static final long SECOND = 1_000_000_000L;

  private final SourceLimits limits;
  private final SourceIndex index;
  private final long newInterval;
  private final long newTolerance;
  private final long resetInterval;
  private final long resetTolerance;
  private final long ban;
  private final long[] newDue;
  private final long[] resetDue;
  private final long[] banEnd;
  private long untracked;

  /** Is told of banned sources. */
  @FunctionalInterface
  public interface BanVisitor {

    /** Takes note of a ban that ends in {@code remainingNanos}. */
    void banned(boolean ipv6, long high, long low, long remainingNanos);
  }

  /**
   * Creates a table of {@code capacity} sources or a few more.
   *
   * @throws IllegalArgumentException if {@code capacity} is not within 1 to 2^26
   */
  public SourceTable(SourceLimits limits, int capacity, HashKey tableKey, long nowNanos) {
    this.limits = limits;
    this.index = new SourceIndex(capacity, limits.ipv4Prefix(), limits.ipv6Prefix(), tableKey);
    this.newInterval = interval(limits.newPerSecond());
    this.newTolerance = newInterval * Math.max(0, limits.newBurst() - 1);
    this.resetInterval = interval(limits.resetsPerSecond());
    this.resetTolerance = resetInterval * Math.max(0, limits.resetsPerSecond() - 1);
    this.ban = limits.ban().toNanos();
    this.newDue = new long[index.entries()];
    this.resetDue = new long[index.entries()];
    this.banEnd = new long[index.entries()];
  }

  private static long interval(int perSecond) {
    return perSecond == 0 ? 0 : SECOND / perSecond;
  }

  /** Returns the limits. */
  public SourceLimits limits() {
    return limits;
  }

  /**
   * Returns whether a source may begin a flow; going over a limit begins a ban, if there is one.
   */
  public int admit(FlowView flow, long nowNanos) {
    int entry = entry(flow, nowNanos);
    if (entry == SourceIndex.NONE) {
      return ADMITTED;
    }
    if (isBanned(entry, nowNanos)) {
      return BANNED;
    }
    if (limits.connections() > 0 && index.live(entry) >= limits.connections()) {
      return over(entry, nowNanos, OVER_CONNECTIONS);
    }
    if (newInterval == 0) {
      return ADMITTED;
    }
    long due = later(newDue[entry], nowNanos);
    if (due - nowNanos > newTolerance) {
      return over(entry, nowNanos, OVER_RATE);
    }
    newDue[entry] = due + newInterval;
    index.keepUntil(entry, newDue[entry]);
    return ADMITTED;
  }

  /** Returns whether a source may send a TCP reset. */
  public int reset(FlowView flow, long nowNanos) {
    if (resetInterval == 0) {
      return ADMITTED;
    }
    int entry = entry(flow, nowNanos);
    if (entry == SourceIndex.NONE) {
      return ADMITTED;
    }
    if (isBanned(entry, nowNanos)) {
      return BANNED;
    }
    long due = later(resetDue[entry], nowNanos);
    if (due - nowNanos > resetTolerance) {
      return over(entry, nowNanos, OVER_RATE);
    }
    resetDue[entry] = due + resetInterval;
    index.keepUntil(entry, resetDue[entry]);
    return ADMITTED;
  }

  /** Takes note that a flow of the source is remembered. */
  public void opened(FlowView flow) {
    int entry = index.find(flow.isIpv6(), flow.sourceHigh(), flow.sourceLow());
    if (entry != SourceIndex.NONE) {
      index.opened(entry);
    }
  }

  /** Takes note that a flow of the source is forgotten. */
  public void closed(boolean ipv6, long sourceHigh, long sourceLow) {
    int entry = index.find(ipv6, sourceHigh, sourceLow);
    if (entry != SourceIndex.NONE) {
      index.closed(entry);
    }
  }

  /** Returns whether a source is banned; changes nothing. */
  public boolean isBanned(FlowView flow, long nowNanos) {
    int entry = index.find(flow.isIpv6(), flow.sourceHigh(), flow.sourceLow());
    return entry != SourceIndex.NONE && isBanned(entry, nowNanos);
  }

  /** Ends a source's ban; returns whether there was one. */
  public boolean pardon(boolean ipv6, long sourceHigh, long sourceLow, long nowNanos) {
    int entry = index.find(ipv6, sourceHigh, sourceLow);
    if (entry == SourceIndex.NONE || !isBanned(entry, nowNanos)) {
      return false;
    }
    banEnd[entry] = nowNanos;
    return true;
  }

  /** Tells {@code visitor} of every source that is banned. */
  public void forEachBan(long nowNanos, BanVisitor visitor) {
    for (int entry = 0; entry < index.entries(); entry++) {
      if (index.isUsed(entry) && isBanned(entry, nowNanos)) {
        visitor.banned(
            index.isIpv6(entry), index.high(entry), index.low(entry), banEnd[entry] - nowNanos);
      }
    }
  }

  /** Returns how many live flows the source of {@code flow} has. */
  public int connections(FlowView flow) {
    int entry = index.find(flow.isIpv6(), flow.sourceHigh(), flow.sourceLow());
    return entry == SourceIndex.NONE ? 0 : index.live(entry);
  }

  /** Returns how many sources have an entry. */
  public int size() {
    return index.size();
  }

  /** Returns how often a source was not limited because there was no entry for it. */
  public long untracked() {
    return untracked;
  }

  /** Returns how many bytes this takes. */
  public long bytes() {
    return index.bytes() + 3L * Long.BYTES * index.entries();
  }

  private int entry(FlowView flow, long nowNanos) {
    int found = index.find(flow.isIpv6(), flow.sourceHigh(), flow.sourceLow());
    if (found != SourceIndex.NONE) {
      return found;
    }
    int entered = index.enter(flow.isIpv6(), flow.sourceHigh(), flow.sourceLow(), nowNanos);
    if (entered == SourceIndex.NONE) {
      untracked++;
      return SourceIndex.NONE;
    }
    newDue[entered] = nowNanos;
    resetDue[entered] = nowNanos;
    banEnd[entered] = nowNanos;
    return entered;
  }

  private boolean isBanned(int entry, long nowNanos) {
    return banEnd[entry] - nowNanos > 0;
  }

  private int over(int entry, long nowNanos, int which) {
    if (ban > 0) {
      banEnd[entry] = nowNanos + ban;
      index.keepUntil(entry, banEnd[entry]);
    }
    return which;
  }

  private static long later(long due, long nowNanos) {
    return due - nowNanos > 0 ? due : nowNanos;
  }
}
