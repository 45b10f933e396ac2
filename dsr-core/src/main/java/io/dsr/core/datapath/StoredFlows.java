package io.dsr.core.datapath;

import io.dsr.core.flow.FlowKey;
import io.dsr.core.flow.FlowTracker;
import io.dsr.core.flow.StoredFlow;

/** Takes flows out of the tables, and puts such as were taken out into them. Event loop only. */
@SuppressWarnings("exports") // used by our own modules alone
public final class StoredFlows {

  private final FlowTables flowTables;
  private final Forwarder forwarder;
  private final FlowKey key;

  StoredFlows(FlowTables flowTables, Forwarder forwarder, FlowKey scratch) {
    this.flowTables = flowTables;
    this.forwarder = forwarder;
    this.key = scratch;
  }

  /** Returns what a record holds. */
  public StoredFlow take(FlowTracker table, int record) {
    table.key(record, key);
    return new StoredFlow(
        key.isIpv6(),
        key.sourceHigh(),
        key.sourceLow(),
        key.destinationHigh(),
        key.destinationLow(),
        key.sourcePort(),
        key.destinationPort(),
        key.protocol(),
        table.stateName(record),
        table.remainingNanos(record),
        table.sequenceEnd(record),
        table.hasAcknowledgement(record),
        table.acknowledgement(record),
        forwarder.upstreams().mac(table.upstream(record)),
        table.slot(record),
        table.generation(record));
  }

  /**
   * Remembers a flow, and returns whether it did; not if its slot is no longer that of its server,
   * or the server has been removed, if there is no service of its family, if it is remembered
   * already, if there is no such state, or no room.
   */
  public boolean put(StoredFlow flow) {
    if (!flowTables.mayRestore(flow.slot(), flow.generation())) {
      return false;
    }
    if (flow.ipv6()) {
      key.ipv6(flow.sourceHigh(), flow.sourceLow(), flow.destinationHigh(), flow.destinationLow())
          .transport(flow.sourcePort(), flow.destinationPort(), flow.protocol());
    } else {
      key.ipv4(
          (int) flow.sourceLow(),
          (int) flow.destinationLow(),
          flow.sourcePort(),
          flow.destinationPort(),
          flow.protocol());
    }
    FamilyFlows tables = flowTables.of(key);
    if (tables == null || tables.remembered().find(key) >= 0 || tables.halfOpen().find(key) >= 0) {
      return false;
    }
    FlowTracker table = tables.remembered();
    int record =
        table.restore(key, flow.slot(), flow.generation(), flow.state(), flow.remainingNanos());
    if (record < 0) {
      return false;
    }
    table.numbers(record, flow.sequenceEnd(), flow.acknowledged(), flow.acknowledgement());
    table.upstream(record, forwarder.upstreams().index(flow.upstream()));
    table.opened(record);
    return true;
  }
}
