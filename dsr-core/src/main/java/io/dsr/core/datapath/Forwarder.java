package io.dsr.core.datapath;

import io.dsr.core.HashKey;
import io.dsr.core.Verdict;
import io.dsr.core.flow.FlowTracker;
import io.dsr.core.flow.UpstreamMacs;
import io.dsr.core.membership.Slots;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether a frame can be sent to its server, and how, unless it came from a server or from
 * ourselves: the guard against loops. Changes nothing. Event loop only.
 *
 * <p>The guard asks about a source where a flow begins and where a flow's frames come from another
 * address than before, not for each frame. A kernel fast path needs the servers' addresses as a
 * set, and hands up a frame of a known flow that comes from a new address.
 */
final class Forwarder {

  private final Slots slots;
  private final MacRewriter rewriter;
  private final UpstreamMacs upstreams;

  private ServiceTable serviceTable = ServiceTable.EMPTY;

  Forwarder(Slots slots, MacRewriter rewriter, int upstreams, HashKey tableKey) {
    this.slots = slots;
    this.rewriter = rewriter;
    this.upstreams = new UpstreamMacs(upstreams, tableKey);
  }

  void serviceTable(ServiceTable next) {
    serviceTable = next;
  }

  /** Returns the addresses that flows come from. */
  UpstreamMacs upstreams() {
    return upstreams;
  }

  /** Returns why a frame can be none of a client, or null. */
  @Nullable Verdict loop(Decision d) {
    long from = d.classifier.source();
    if (rewriter.isOurs(from)) {
      return Verdict.DROP_OWN_FRAME;
    }
    return slots.isServer(from) ? Verdict.DROP_LOOP : null;
  }

  /** Decides about a frame of a remembered flow. */
  Verdict forward(Decision d, FlowTracker table, int record, Verdict verdict) {
    if (upstreams.mac(table.upstream(record)) != d.classifier.source()) {
      Verdict refused = loop(d);
      if (refused != null) {
        return refused;
      }
      d.add(Decision.UPSTREAM);
    }
    return forward(d, table.slot(record), verdict);
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
