package io.dsr.core.admission;

import io.dsr.core.Admission;
import io.dsr.core.FlowView;
import io.dsr.core.HashKey;

/**
 * How many flows of each source one event loop remembers, and whether it may remember another: the
 * {@link Admission#flowsPerSource} quota, so that no source fills the table for all.
 *
 * <p>A source is entered with its first flow and leaves with its last. With room for as many
 * sources as flows are remembered, counts are exact; with less room, sources that do not fit have
 * no quota, which {@link #untracked} counts. All memory, 29 bytes a source, is taken at
 * construction; without a quota there is none. Event loop only.
 *
 * <p>A kernel fast path needs nothing of this: it forwards flows that are remembered, and hands up
 * the others.
 */
public final class SourceQuota {

  private final int flowsPerSource;
  private final SourceRecords records;

  private long untracked;

  /**
   * Creates a quota that nothing has been taken from.
   *
   * @param admission what the quota is, and how much of an address makes a source
   * @param capacity how many sources there is room for, 1 to {@link SourceTable#MAXIMUM_CAPACITY}
   * @param tableKey the key of the process's own tables, never the one of placement
   */
  public SourceQuota(Admission admission, int capacity, HashKey tableKey) {
    this.flowsPerSource = admission.flowsPerSource();
    int room = flowsPerSource == 0 ? Math.min(1, capacity) : capacity;
    this.records =
        new SourceRecords(admission.ipv4Prefix(), admission.ipv6Prefix(), room, tableKey);
  }

  /** Returns how many bytes this takes. */
  public long bytes() {
    return records.bytes();
  }

  /** Returns whether another flow of the flow's source may be remembered. */
  public boolean mayRemember(FlowView flow) {
    return mayRemember(flow, 0);
  }

  /** Returns whether another flow of its source may be once {@code leaving} others have gone. */
  public boolean mayRemember(FlowView flow, int leaving) {
    if (flowsPerSource == 0) {
      return true;
    }
    int record = records.find(flow);
    return record == SourceRecords.NONE || records.live(record) - leaving < flowsPerSource;
  }

  /** Counts a flow that is remembered from now on. Without a quota nothing is counted. */
  public void opened(FlowView flow) {
    if (flowsPerSource == 0) {
      return;
    }
    int record = records.find(flow);
    if (record == SourceRecords.NONE) {
      record = records.add(flow);
    }
    if (record == SourceRecords.NONE) {
      untracked++;
    } else {
      records.opened(record);
    }
  }

  /**
   * Counts a flow as forgotten, given its source address whole. Does nothing if the source has no
   * flow.
   */
  public void closed(boolean ipv6, long sourceHigh, long sourceLow) {
    if (flowsPerSource == 0) {
      return;
    }
    int record = records.find(ipv6, sourceHigh, sourceLow);
    if (record == SourceRecords.NONE) {
      return;
    }
    records.closed(record);
    if (records.live(record) == 0) {
      records.remove(record);
    }
  }

  /** Returns how many flows of the flow's source are remembered; 0 without a quota. */
  public int flows(FlowView flow) {
    int record = records.find(flow);
    return record == SourceRecords.NONE ? 0 : records.live(record);
  }

  /** Returns how many sources have a flow. */
  public int size() {
    return records.size();
  }

  /** Returns how many flows were not counted for want of room. */
  public long untracked() {
    return untracked;
  }
}
