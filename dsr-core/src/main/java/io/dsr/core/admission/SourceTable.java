package io.dsr.core.admission;

import io.dsr.core.FlowView;
import io.dsr.core.HashKey;
import io.dsr.core.SourceLimits;
import io.dsr.core.Verdict;

/**
 * What each source of one service does on one event loop, and whether it may.
 *
 * <p>A source has a live-flow count, a token bucket for new flows, one for resets, and the end of
 * its ban. It is entered when one of these would first say something, and stays while it has live
 * flows, a bucket that is not full or a ban; after that its entry may be given to another source.
 * Where no entry can be taken the source is not limited: under a flood of more sources than there
 * is room for, strangers are let through rather than clients turned away. {@link #untracked} counts
 * that.
 *
 * <p>Counts are exact as long as the sources fit. All memory, 54 bytes a source, is taken at
 * construction; after that nothing is allocated. Time is the latest reading that any call was
 * given. Event loop only.
 *
 * <p>A kernel fast path needs a hash map a CPU from prefix to these four words and a clock; or it
 * hands up each SYN and RST of a service with limits, and keeps only a map of banned prefixes.
 */
public final class SourceTable {

  /** Returned for what is within the limits. */
  public static final int ADMITTED = 0;

  /** Returned for a new flow, or a reset, that goes over its rate. */
  public static final int OVER_RATE = 1;

  /** Returned for a new flow of a source that has as many as it may. */
  public static final int OVER_CONNECTIONS = 2;

  /** Returned for everything of a source that is banned. */
  public static final int BANNED = 3;

  /** The most sources that a table can be made for. */
  public static final int MAXIMUM_CAPACITY = SourceRecords.MAXIMUM_CAPACITY;

  /** The most entries that one call looks at for one that can be given to another source. */
  static final int ENTRIES_A_CALL = 64;

  private static final int NEW_FULL_AT = 0;
  private static final int RESETS_FULL_AT = 1;
  private static final int BAN_END = 2;
  private static final int TIMES = 3;

  private static final byte NEW_FLOWS = 0;
  private static final byte CONNECTIONS = 1;
  private static final byte RESETS = 2;

  private final SourceLimits limits;
  private final TokenRate newRate;
  private final TokenRate resetRate;
  private final long banTime;
  private final long origin;
  private final SourceRecords records;

  /** Three times an entry; one that has passed, and 0, says that there is nothing to wait for. */
  private final long[] times;

  /** What the last ban of an entry began for. */
  private final byte[] causes;

  private long now;
  private long untracked;

  /** The entry that is looked at next for one to be given away. */
  private int hand;

  /**
   * Creates a table of no sources.
   *
   * @param limits what a source may do
   * @param capacity how many sources there is room for, 1 to {@link #MAXIMUM_CAPACITY}
   * @param tableKey the key of the process's own tables, never the one of placement
   * @param nowNanos the reading of the {@link io.dsr.core.Ticker} that the calls are given
   */
  public SourceTable(SourceLimits limits, int capacity, HashKey tableKey, long nowNanos) {
    this.limits = limits;
    this.newRate = new TokenRate(limits.newPerSecond(), limits.newBurst());
    this.resetRate = new TokenRate(limits.resetsPerSecond(), limits.resetsPerSecond());
    this.banTime = TokenRate.time(limits.ban().toNanos());
    this.origin = nowNanos;
    this.records = new SourceRecords(limits.ipv4Prefix(), limits.ipv6Prefix(), capacity, tableKey);
    this.times = new long[TIMES * capacity];
    this.causes = new byte[capacity];
  }

  /** Returns how many bytes a table for {@code capacity} sources takes. */
  public static long bytes(int capacity) {
    return SourceRecords.bytes(capacity) + ((long) TIMES * Long.BYTES + 1) * capacity;
  }

  /** Returns how many bytes this takes, be it empty or full. */
  public long bytes() {
    return bytes(records.capacity());
  }

  /**
   * Decides about a new flow, and takes a token for it; it is not counted as live before {@link
   * #opened}. Going over a limit begins the ban, if there is one.
   *
   * @return {@link #ADMITTED}, {@link #OVER_RATE}, {@link #OVER_CONNECTIONS} or {@link #BANNED}
   */
  public int admit(FlowView flow, long nowNanos) {
    clock(nowNanos);
    int entry = limits.newPerSecond() > 0 ? track(flow) : records.find(flow);
    if (entry == SourceRecords.NONE) {
      return ADMITTED;
    }
    if (isBanned(entry)) {
      return BANNED;
    }
    if (limits.connections() > 0 && records.live(entry) >= limits.connections()) {
      return ban(entry, OVER_CONNECTIONS, CONNECTIONS);
    }
    return take(newRate, entry, NEW_FULL_AT) ? ADMITTED : ban(entry, OVER_RATE, NEW_FLOWS);
  }

  /**
   * Decides about a TCP segment with RST, of any flow, and takes a token for it. Going over the
   * limit begins the ban, if there is one.
   *
   * @return {@link #ADMITTED}, {@link #OVER_RATE} or {@link #BANNED}
   */
  public int reset(FlowView flow, long nowNanos) {
    clock(nowNanos);
    int entry = limits.resetsPerSecond() > 0 ? track(flow) : records.find(flow);
    if (entry == SourceRecords.NONE) {
      return ADMITTED;
    }
    if (isBanned(entry)) {
      return BANNED;
    }
    return take(resetRate, entry, RESETS_FULL_AT) ? ADMITTED : ban(entry, OVER_RATE, RESETS);
  }

  /**
   * Returns what {@link #admit} would just now, once {@code leaving} live flows of the source have
   * gone; takes no token, enters no source and begins no ban.
   */
  public int peekAdmit(FlowView flow, long nowNanos, int leaving) {
    int entry = records.find(flow);
    if (entry == SourceRecords.NONE) {
      return ADMITTED; // a source that is new, or finds no room, has a token
    }
    long time = latest(nowNanos);
    if (times[TIMES * entry + BAN_END] > time) {
      return BANNED;
    }
    if (limits.connections() > 0 && records.live(entry) - leaving >= limits.connections()) {
      return OVER_CONNECTIONS;
    }
    return hasToken(newRate, entry, NEW_FULL_AT, time) ? ADMITTED : OVER_RATE;
  }

  /** Returns what {@link #reset} would just now; takes no token and begins no ban. */
  public int peekReset(FlowView flow, long nowNanos) {
    int entry = records.find(flow);
    if (entry == SourceRecords.NONE) {
      return ADMITTED;
    }
    long time = latest(nowNanos);
    if (times[TIMES * entry + BAN_END] > time) {
      return BANNED;
    }
    return hasToken(resetRate, entry, RESETS_FULL_AT, time) ? ADMITTED : OVER_RATE;
  }

  private boolean hasToken(TokenRate rate, int entry, int bucket, long time) {
    return rate.take(times[TIMES * entry + bucket], time) != TokenRate.REFUSED;
  }

  /**
   * Counts a flow of its source as live, be it admitted here or known from before the limits. With
   * no limit on connections nothing is counted, so that live flows hold no entries.
   */
  public void opened(FlowView flow) {
    if (limits.connections() == 0) {
      return;
    }
    int entry = track(flow);
    if (entry != SourceRecords.NONE) {
      records.opened(entry);
    }
  }

  /**
   * Counts a flow as gone, given its source address whole. Does nothing if the source has no entry
   * or no live flow.
   */
  public void closed(boolean ipv6, long sourceHigh, long sourceLow) {
    if (limits.connections() == 0) {
      return;
    }
    int entry = records.find(ipv6, sourceHigh, sourceLow);
    if (entry != SourceRecords.NONE) {
      records.closed(entry);
    }
  }

  /** Returns whether the flow's source is banned; changes nothing. */
  public boolean isBanned(FlowView flow, long nowNanos) {
    int entry = records.find(flow);
    return entry != SourceRecords.NONE && times[TIMES * entry + BAN_END] > latest(nowNanos);
  }

  /** Returns how many live flows the flow's source has; 0 if they are not limited. */
  public int connections(FlowView flow) {
    int entry = records.find(flow);
    return entry == SourceRecords.NONE ? 0 : records.live(entry);
  }

  /** Returns how many sources have an entry, those included whose entry could be given away. */
  public int size() {
    return records.size();
  }

  /** Returns how many sources there is room for. */
  public int capacity() {
    return records.capacity();
  }

  /** Returns how many calls have let a source through, or not counted it, for want of an entry. */
  public long untracked() {
    return untracked;
  }

  /** Shows all bans to a visitor, in no order. Takes time: looks at every entry. */
  public void forEachBan(long nowNanos, BanVisitor visitor) {
    clock(nowNanos);
    // Entries are never removed but to be given away at once: they are the first ones.
    for (int entry = 0; entry < records.size(); entry++) {
      if (isBanned(entry)) {
        boolean ipv6 = records.isIpv6(entry);
        visitor.banned(
            ipv6,
            records.prefixHigh(entry),
            records.prefixLow(entry),
            ipv6 ? limits.ipv6Prefix() : limits.ipv4Prefix(),
            TokenRate.nanos(times[TIMES * entry + BAN_END] - now),
            verdict(causes[entry]));
      }
    }
  }

  /**
   * Ends the ban of the source that an address belongs to; its buckets and its flows stay as they
   * are.
   *
   * @return whether it was banned
   */
  public boolean unban(boolean ipv6, long sourceHigh, long sourceLow, long nowNanos) {
    clock(nowNanos);
    int entry = records.find(ipv6, sourceHigh, sourceLow);
    if (entry == SourceRecords.NONE || !isBanned(entry)) {
      return false;
    }
    times[TIMES * entry + BAN_END] = 0;
    return true;
  }

  private void clock(long nowNanos) {
    now = latest(nowNanos);
  }

  private long latest(long nowNanos) {
    return Math.max(now, TokenRate.time(nowNanos - origin));
  }

  private boolean isBanned(int entry) {
    return times[TIMES * entry + BAN_END] > now;
  }

  private int ban(int entry, int answer, byte cause) {
    times[TIMES * entry + BAN_END] = now + banTime;
    causes[entry] = cause;
    return answer;
  }

  private static Verdict verdict(byte cause) {
    return switch (cause) {
      case CONNECTIONS -> Verdict.DROP_SOURCE_CONNECTIONS;
      case RESETS -> Verdict.DROP_SOURCE_RESETS;
      default -> Verdict.DROP_SOURCE_RATE;
    };
  }

  private boolean take(TokenRate rate, int entry, int bucket) {
    int at = TIMES * entry + bucket;
    long fullAt = rate.take(times[at], now);
    if (fullAt == TokenRate.REFUSED) {
      return false;
    }
    times[at] = fullAt;
    return true;
  }

  private int track(FlowView flow) {
    int entry = records.find(flow);
    if (entry != SourceRecords.NONE) {
      return entry;
    }
    if (records.size() == records.capacity() && !reclaim()) {
      untracked++;
      return SourceRecords.NONE;
    }
    entry = records.add(flow);
    int at = TIMES * entry;
    times[at + NEW_FULL_AT] = 0;
    times[at + RESETS_FULL_AT] = 0;
    times[at + BAN_END] = 0;
    return entry;
  }

  private boolean reclaim() {
    int most = Math.min(ENTRIES_A_CALL, records.capacity());
    for (int looked = 0; looked < most; looked++) {
      int entry = hand;
      hand = entry + 1 == records.capacity() ? 0 : entry + 1;
      if (isIdle(entry)) {
        records.remove(entry);
        return true;
      }
    }
    return false;
  }

  private boolean isIdle(int entry) {
    int at = TIMES * entry;
    return records.live(entry) == 0
        && times[at + NEW_FULL_AT] <= now
        && times[at + RESETS_FULL_AT] <= now
        && times[at + BAN_END] <= now;
  }
}
