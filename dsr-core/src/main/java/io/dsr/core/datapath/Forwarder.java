package io.dsr.core.datapath;

import io.dsr.core.HashKey;
import io.dsr.core.Picker;
import io.dsr.core.Verdict;
import io.dsr.core.flow.FlowTracker;
import io.dsr.core.flow.UpstreamMacs;
import io.dsr.core.frame.EthernetFrame;
import io.dsr.core.membership.ServerCounters;
import io.dsr.core.membership.Slots;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Makes a frame ready for its server, unless it came from a server or from ourselves: the guard
 * against loops. Event loop only.
 *
 * <p>The guard asks about a source where a flow begins and where a flow's frames come from another
 * address than before, not for each frame. A kernel fast path needs the servers' addresses as a
 * set, and hands up a frame of a known flow that comes from a new address.
 */
final class Forwarder {

  private static final int UPSTREAMS = 4_096;

  private final Slots slots;
  private final ServerCounters counters;
  private final FrameClassifier classifier;
  private final MacRewriter rewriter;
  private final UpstreamMacs upstreams;
  private final EthernetFrame waited = new EthernetFrame();

  private ServiceTable serviceTable = ServiceTable.EMPTY;
  private int target = Picker.NONE;
  private long targetMac;
  private int egress;
  private int vlan;

  Forwarder(
      Slots slots,
      ServerCounters counters,
      FrameClassifier classifier,
      MacRewriter rewriter,
      HashKey tableKey) {
    this.slots = slots;
    this.counters = counters;
    this.classifier = classifier;
    this.rewriter = rewriter;
    this.upstreams = new UpstreamMacs(UPSTREAMS, tableKey);
  }

  void serviceTable(ServiceTable serviceTable) {
    this.serviceTable = serviceTable;
  }

  /** Begins a frame. */
  void begin() {
    vlan = 0;
  }

  /** Returns the slot of the server that the last frame was made ready for. */
  int target() {
    return target;
  }

  /** Returns the number of the link that the last frame is to leave by. */
  int egress() {
    return egress;
  }

  /** Gives our MAC address on each link. */
  void sources(long[] sources) {
    rewriter.sources(sources);
  }

  /** Returns whether there is an interface that leads to the server of a resolved slot. */
  boolean reaches(int slot) {
    return rewriter.source(Slots.link(slots.nextHop(slot))) != MacRewriter.GONE;
  }

  /** Returns whether frames leave from that MAC address. */
  boolean isOurs(long mac) {
    return rewriter.isOurs(mac);
  }

  /** Returns the VLAN that the last frame is still to be tagged with, or 0. */
  int vlanToInsert() {
    return vlan;
  }

  /** Returns the addresses that flows come from. */
  UpstreamMacs upstreams() {
    return upstreams;
  }

  /** Returns why the frame can be none of a client, or null. */
  @Nullable Verdict loop() {
    long source = classifier.ethernet().source();
    if (rewriter.isOurs(source)) {
      return Verdict.DROP_OWN_FRAME;
    }
    return slots.isServer(source) ? Verdict.DROP_LOOP : null;
  }

  /** Makes a frame of a remembered flow ready, and takes note of where it came from. */
  Verdict forward(ByteBuf frame, FlowTracker table, int record, Verdict verdict) {
    long source = classifier.ethernet().source();
    if (upstreams.mac(table.upstream(record)) != source) {
      Verdict refused = loop();
      if (refused != null) {
        return refused;
      }
      table.upstream(record, upstreams.index(source));
    }
    return forward(frame, table.slot(record), verdict);
  }

  /** Makes a frame ready for the server of that slot, and returns {@code verdict} if it could. */
  Verdict forward(ByteBuf frame, int slot, Verdict verdict) {
    long nextHop = slots.nextHop(slot);
    if (nextHop == Slots.UNRESOLVED) {
      return Verdict.DROP_UNRESOLVED;
    }
    long mac = Slots.mac(nextHop);
    long source = classifier.ethernet().source();
    if (source == mac) {
      return Verdict.DROP_LOOP;
    }
    if (rewriter.isOurs(source)) {
      return Verdict.DROP_OWN_FRAME;
    }
    int link = Slots.link(nextHop);
    long own = rewriter.source(link);
    if (own == MacRewriter.GONE) {
      return Verdict.DROP_NO_INTERFACE;
    }
    target = slot;
    egress = link;
    targetMac = mac;
    int wanted = serviceTable.vlan(slot);
    if (wanted != 0) {
      vlan = classifier.moveTo(frame, wanted) ? 0 : wanted;
    }
    rewriter.rewrite(classifier.ethernet(), mac, own);
    counters.forwarded(slot, frame.readableBytes());
    return verdict;
  }

  /** Makes a fragment ready that has waited for the frame which the last target was for. */
  void follow(ByteBuf fragment) {
    waited.wrap(fragment);
    rewriter.rewrite(waited, targetMac, rewriter.source(egress));
    counters.forwarded(target, fragment.readableBytes());
  }
}
