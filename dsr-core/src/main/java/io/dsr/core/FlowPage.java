package io.dsr.core;

import java.util.List;

/**
 * A page of the flows in the tables.
 *
 * @param flows those that were asked for, at most as many as were asked for
 * @param next where to go on, or {@link #END}
 * @param examined how many records were looked at for them
 */
public record FlowPage(List<FlowEntry> flows, long next, long examined) {

  /** The value of {@link #next} after the last page. */
  public static final long END = -1;

  /** Copies the list. */
  public FlowPage {
    flows = List.copyOf(flows);
  }
}
