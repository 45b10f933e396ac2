package io.dsr.core;

/**
 * Picks a server for the first frame of a flow. Belongs to one event loop, unless it {@link
 * #isShareable}.
 *
 * <p>A picker is a snapshot: it knows the servers it was made for, and another takes its place when
 * they change. It may keep state of its own, without locks.
 */
@FunctionalInterface
public interface Picker {

  /** Returned when there is no server to pick. */
  int NONE = -1;

  /** Returned by {@link #peek} of a picker that cannot tell. */
  int UNKNOWN = -2;

  /**
   * Returns the slot of a server, or {@link #NONE}.
   *
   * <p>Called once for each new flow, on the thread that received the frame: must not allocate,
   * block or throw. What it throws all the same, and a slot that it was not given or whose server
   * may take no flow, count as {@link #NONE}.
   */
  int pick(FlowView flow);

  /**
   * Returns what {@link #pick} would return for this flow now, without changing any state, or
   * {@link #UNKNOWN} if this picker cannot tell.
   *
   * <p>Called on the thread that calls {@link #pick}, under the same rules.
   */
  default int peek(FlowView flow) {
    return UNKNOWN;
  }

  /**
   * Returns whether one picker may be asked by all event loops at once: nothing changes when it is
   * asked, and it reads no load. Such a picker is made once for all loops.
   */
  default boolean isShareable() {
    return false;
  }
}
