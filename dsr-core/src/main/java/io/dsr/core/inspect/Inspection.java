package io.dsr.core.inspect;

import io.dsr.core.Explanation;
import io.dsr.core.FlowFilter;
import io.dsr.core.FlowPage;
import io.dsr.core.FlowView;
import io.dsr.core.datapath.Decision;
import io.dsr.core.datapath.Director;
import io.dsr.core.datapath.StoredFlows;
import io.dsr.core.flow.FlowKey;
import io.dsr.core.flow.StoredFlow;
import io.dsr.core.membership.SlotDirectory;
import io.netty.buffer.ByteBuf;
import java.net.InetAddress;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What can be asked of a running {@link Director}: its flows, its reasons, a copy of what it
 * remembers. On its event loop only; each call looks at a bounded number of records, so that frames
 * wait for no more than that.
 */
public final class Inspection {

  private final Director director;
  private final FlowListing listing;
  private final StoredFlows stored;
  private final Decision asked;

  /** Creates an inspection of a director. */
  public Inspection(Director director) {
    this.director = director;
    this.listing = new FlowListing(director.flowTables(), new FlowKey(director.hashKey()));
    this.stored = director.storedFlows();
    this.asked = director.newQuestion();
  }

  /** Tells what would become of a frame; neither it nor anything else is changed. */
  @SuppressWarnings("exports") // called by our own modules alone
  public Explanation explain(ByteBuf frame, SlotDirectory slotDirectory) {
    director.decide(frame, asked);
    return new Narration(director, listing, slotDirectory).tell(asked);
  }

  /** Returns the client that a frame is of, nothing if the frame is of no flow. */
  public Optional<InetAddress> client(ByteBuf frame) {
    director.decide(frame, asked);
    return asked.isOfFlow() ? Optional.of(client(asked.flow())) : Optional.empty();
  }

  /** Returns the client of a flow. */
  public static InetAddress client(FlowView flow) {
    return FlowListing.address(flow.isIpv6(), flow.sourceHigh(), flow.sourceLow());
  }

  /**
   * Returns flows that match.
   *
   * @param from 0, or where the last page said to go on
   * @param limit how many flows at most
   * @param examined how many records are looked at for them at most
   */
  @SuppressWarnings("exports") // called by our own modules alone
  public FlowPage flows(
      FlowFilter filter, SlotDirectory slotDirectory, long from, int limit, int examined) {
    return listing.page(filter, slotDirectory, from, limit, examined);
  }

  /**
   * Forgets flows that match: their next frames are placed again.
   *
   * @param forgotten its first element is increased by how many were
   * @return where to go on, or {@link FlowPage#END}
   */
  @SuppressWarnings("exports") // called by our own modules alone
  public long forget(
      FlowFilter filter, SlotDirectory slotDirectory, long from, int examined, int[] forgotten) {
    return listing.forget(filter, slotDirectory, from, examined, forgotten);
  }

  /**
   * Counts flows that match.
   *
   * @param counts its first element is increased by those that may still be in use, its second by
   *     those that are closing or closed
   * @return where to go on, or {@link FlowPage#END}
   */
  @SuppressWarnings("exports") // called by our own modules alone
  public long count(
      FlowFilter filter, SlotDirectory slotDirectory, long from, int examined, long[] counts) {
    return listing.count(filter, slotDirectory, from, examined, counts);
  }

  /**
   * Gives copies of flows to {@code sink}, from a position on.
   *
   * @return where to go on, or {@link FlowPage#END}
   */
  @SuppressWarnings("exports") // called by our own modules alone
  public long export(long from, int examined, Consumer<? super StoredFlow> sink) {
    return listing.walk(
        from,
        examined,
        (table, record) -> {
          sink.accept(stored.take(table, record));
          return true;
        });
  }

  /**
   * Remembers a flow that was exported.
   *
   * @param flow with the slot and the generation that its server has here
   * @return whether it is remembered now by this; not if the slot has another holder by now, if the
   *     server has been removed, if the flow is remembered already, or if there is no room
   */
  @SuppressWarnings("exports") // called by our own modules alone
  public boolean restore(StoredFlow flow) {
    return stored.put(flow);
  }

  /** Visits flows from a position on, for {@link ChangeProbe}. */
  long walk(long from, int examined, FlowListing.Visitor visitor) {
    return listing.walk(from, examined, visitor);
  }
}
