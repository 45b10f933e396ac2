package io.dsr.core;

/**
 * Picks a server for the first frame of a flow. Belongs to one event loop, unless it {@link
 * #isShareable}.
 *
 * <p>A picker is a snapshot: it knows the servers it was made for, and a new one replaces it when
 * they change. It may keep its own state, without locks.
 */
@FunctionalInterface
public interface Picker {

  /** Returned when there is no server to pick. */
  int NONE = -1;

  /** Returned by {@link #peek} if the picker cannot predict its pick. */
  int UNKNOWN = -2;

  /**
   * Returns the slot of a server, or {@link #NONE}.
   *
   * <p>Called once for each new flow, on the thread that received the frame: must not allocate,
   * block or throw. Whatever is thrown, an unknown slot, or a slot whose server may take no flow
   * counts as {@link #NONE}; what is thrown is counted in {@link BalancerStatistics#extensions},
   * and {@link Balancer#explain} shows it.
   */
  int pick(FlowView flow);

  /**
   * Returns what {@link #pick} would return for this flow now, without changing any state, or
   * {@link #UNKNOWN} if this picker cannot predict it.
   *
   * <p>Called on the thread that calls {@link #pick}, under the same rules.
   */
  default int peek(FlowView flow) {
    return UNKNOWN;
  }

  /**
   * Returns whether all event loops may share one picker: it has no state and reads no load. Such a
   * picker is made once for all loops.
   */
  default boolean isShareable() {
    return false;
  }
}
