package io.dsr.core.defence;

import io.dsr.core.Defence;
import io.dsr.core.FlowView;
import io.dsr.core.HashKey;

/**
 * How many flows of each source are remembered, whatever their service, against {@link
 * Defence#flowsPerSource}.
 *
 * <p>A source that finds no entry has no quota. Bounded; allocates nothing after construction.
 * Event loop only. A kernel fast path that remembers flows itself needs the same counts, or hands
 * new flows up.
 */
public final class SourceQuota {

  private final int most;
  private final SourceIndex index;

  /** Creates the counts of {@code capacity} sources or a few more. */
  public SourceQuota(Defence defence, int capacity, HashKey tableKey) {
    this.most = defence.flowsPerSource();
    this.index = new SourceIndex(capacity, defence.ipv4Prefix(), defence.ipv6Prefix(), tableKey);
  }

  /** Returns whether one more flow of the source may be remembered; changes nothing. */
  public boolean mayRemember(FlowView flow) {
    int entry = index.find(flow.isIpv6(), flow.sourceHigh(), flow.sourceLow());
    return entry == SourceIndex.NONE || index.live(entry) < most;
  }

  /** Takes note that a flow of the source is remembered. */
  public void opened(FlowView flow) {
    int entry = index.find(flow.isIpv6(), flow.sourceHigh(), flow.sourceLow());
    if (entry == SourceIndex.NONE) {
      // An entry without live flows is idle at any time.
      entry = index.enter(flow.isIpv6(), flow.sourceHigh(), flow.sourceLow(), 0);
    }
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

  /** Returns how many flows of the source are remembered. */
  public int flows(FlowView flow) {
    int entry = index.find(flow.isIpv6(), flow.sourceHigh(), flow.sourceLow());
    return entry == SourceIndex.NONE ? 0 : index.live(entry);
  }
}
