package io.dsr.core.datapath;

import io.dsr.core.HashKey;
import io.dsr.core.Verdict;
import io.dsr.core.flow.FlowTracker;
import io.dsr.core.flow.UpstreamMacs;
import io.dsr.core.membership.Slots;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether a frame can be sent to its server, and how, unless it came from that very server
 * or from ourselves. Changes nothing. Event loop only.
 *
 * <p>This is also where packets that come back are told from others without a look at each. A loop
 * through other machines shows in that a flow's frames come from another address than before: the
 * loop's, and then the client's again. From then on the flow is watched, for one to two {@linkplain
 * #WATCH_BITS periods}: each of its packets is looked up in the {@link ReturnGuard}. So long as
 * packets come back, it stays so. The number of the address, in the flow's record, bears the period
 * as a mark; a marked number is no address that a frame comes from, so the frames of all other
 * flows pay nothing. A kernel fast path hands up a frame of a known flow that comes from a new
 * address.
 */
final class Forwarder {

  /** 1.07 s: how long a packet takes at most to come back. */
  private static final int WATCH_BITS = 30;

  /** How many periods marks tell apart: this one, the one before, and older ones. */
  private static final int PERIODS = 3;

  /** A flow that is watched from its first frame on, so that each packet is known from then on. */
  private static final int BEGUN = 0;

  /** A flow whose frames came from another address: packets of it may be on their way unknown. */
  private static final int CHANGED = 1;

  private final Slots slots;
  private final MacRewriter rewriter;
  private final UpstreamMacs upstreams;

  private ServiceTable serviceTable = ServiceTable.EMPTY;
  private final StraySources strays = new StraySources();
  private long period;

  Forwarder(Slots slots, MacRewriter rewriter, int upstreams, HashKey tableKey) {
    this.slots = slots;
    this.rewriter = rewriter;
    this.upstreams = new UpstreamMacs(upstreams, tableKey);
  }

  void serviceTable(ServiceTable next) {
    serviceTable = next;
  }

  void time(long nowNanos) {
    period = nowNanos >> WATCH_BITS;
    strays.period(period);
  }

  /** Returns the addresses that flows come from. */
  UpstreamMacs upstreams() {
    return upstreams;
  }

  /** Returns why a frame can be none of a client, or null. */
  @Nullable Verdict own(Decision d) {
    return rewriter.isOurs(d.classifier.source()) ? Verdict.DROP_OWN_FRAME : null;
  }

  /** Has the guard asked about a frame, if it is sent. */
  void watch(Decision d) {
    if (d.has(Decision.SEND)) {
      d.add(Decision.WATCH);
    }
  }

  /**
   * Has the guard asked about a frame that no flow is remembered for, if it is sent; not while all
   * such frames come from one address.
   */
  void watchStray(Decision d) {
    if (!d.has(Decision.SEND)) {
      return;
    }
    if (strays.isOther(d.classifier.source())) {
      d.add(Decision.WATCH | Decision.STRAY);
    } else if (strays.areSeveral()) {
      d.add(Decision.WATCH);
    }
  }

  /** Returns whether the guard may not know a packet that no flow is remembered for, and came. */
  boolean mayHaveMissed(Decision d) {
    return strays.mayHaveMissed(d.classifier.source());
  }

  /** Returns where frames come from that no flow is remembered for. */
  StraySources strays() {
    return strays;
  }

  /** Returns the number of the address that a frame of a flow comes from, for the flow's record. */
  int upstream(Decision d, int before) {
    long from = d.classifier.source();
    int number = upstreams.index(from);
    if (number == UpstreamMacs.UNKNOWN || !d.has(Decision.WATCH)) {
      return number;
    }
    int mark = upstreams.mark(before);
    if (mark == 0 || upstreams.mac(before) != from) {
      boolean back = d.verdict == Verdict.DROP_LOOP; // then its client is elsewhere
      boolean begun = before == UpstreamMacs.UNKNOWN && !d.repeats;
      int kind = begun ? BEGUN : CHANGED;
      return upstreams.marked(back ? before : number, mark(kind, period));
    }
    int kind = kind(mark);
    boolean goesOn = mark == mark(kind, period) || mark == mark(kind, period - 1);
    return goesOn ? before : number;
  }

  /**
   * Returns whether a frame of a watched flow, or one before it, came from another address; frames
   * of the flow whose place this one takes are ones before it, for they may still be on their way.
   */
  boolean cameOtherwise(Decision d) {
    if (d.record >= 0) {
      return cameOtherwise(d, d.table, d.record);
    }
    return (d.leaving >= 0 && cameOtherwise(d, d.leavingTable, d.leaving))
        || (!d.has(Decision.REMEMBER) && mayHaveMissed(d));
  }

  private boolean cameOtherwise(Decision d, @Nullable FlowTracker table, int record) {
    int before = table == null ? UpstreamMacs.UNKNOWN : table.upstream(record);
    if (before == UpstreamMacs.UNKNOWN) {
      return false;
    }
    return upstreams.mac(before) != d.classifier.source()
        || kind(upstreams.mark(before)) == CHANGED;
  }

  private static int kind(int mark) {
    return mark > PERIODS ? CHANGED : BEGUN;
  }

  private static int mark(int kind, long period) {
    return 1 + kind * PERIODS + Math.floorMod(period, PERIODS);
  }

  /** Decides about a frame of a remembered flow. */
  Verdict forward(Decision d, FlowTracker table, int record, Verdict verdict) {
    return upstreams.unmarked(table.upstream(record)) == d.classifier.source()
        ? forward(d, table.slot(record), verdict)
        : moved(d, table.slot(record), verdict);
  }

  /** Decides about a frame of a remembered flow that comes from another address, or is watched. */
  private Verdict moved(Decision d, int slot, Verdict verdict) {
    Verdict own = own(d);
    if (own != null) {
      return own;
    }
    Verdict now = forward(d, slot, verdict);
    if (now != Verdict.DROP_LOOP) {
      d.add(Decision.UPSTREAM);
      watch(d);
    }
    return now;
  }

  /** Decides about a frame that no flow is remembered for. */
  Verdict untracked(Decision d, int slot, Verdict verdict) {
    Verdict now = forward(d, slot, verdict);
    watchStray(d);
    return now;
  }

  /** Decides about a frame for the server of that slot: {@code verdict}, or why it is dropped. */
  Verdict forward(Decision d, int slot, Verdict verdict) {
    long nextHop = slots.nextHop(slot);
    if (nextHop == Slots.UNRESOLVED) {
      return Verdict.DROP_UNRESOLVED;
    }
    long from = d.classifier.source();
    if (from == Slots.mac(nextHop)) {
      return Verdict.DROP_LOOP;
    }
    if (rewriter.isOurs(from)) {
      return Verdict.DROP_OWN_FRAME;
    }
    long own = rewriter.source(Slots.link(nextHop));
    if (own == MacRewriter.GONE) {
      return Verdict.DROP_NO_INTERFACE;
    }
    d.send(slot, nextHop, own);
    // Also 0: another server may have been decided for before.
    d.onVlan(serviceTable.vlan(slot), d.classifier.tagIndex() != FrameClassifier.UNTAGGED);
    return verdict;
  }
}
