package io.dsr.core.director;

import static java.util.Objects.requireNonNull;

import io.dsr.core.FlowView;
import io.dsr.core.Picker;
import io.dsr.core.ServiceKey;
import io.dsr.core.membership.ServiceMembers;
import io.dsr.core.persistence.PersistenceTable;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * What one event loop needs to place a new flow of one service. Immutable but for what its pickers
 * and its persistence table remember.
 */
final class PlannedService {

  private final ServiceMembers members;
  private final Picker scheduled;
  private final Picker midFlow;
  private final @Nullable PersistenceTable persistence;
  private final long[] eligible;

  PlannedService(
      ServiceMembers members,
      Picker scheduled,
      Picker midFlow,
      @Nullable PersistenceTable persistence) {
    this.members = members;
    this.scheduled = requireNonNull(scheduled, "the picker that a scheduler returned");
    this.midFlow = requireNonNull(midFlow, "the picker that a scheduler returned");
    this.persistence = persistence;
    var bits = new BitSet();
    members.members().stream()
        .filter(m -> m.effectiveWeight() > 0)
        .forEach(m -> bits.set(m.slot()));
    this.eligible = bits.toLongArray();
  }

  ServiceKey key() {
    return members.service().key();
  }

  ServiceMembers members() {
    return members;
  }

  @Nullable PersistenceTable persistence() {
    return persistence;
  }

  /** Returns a copy for members that differ in nothing that a picker was told. */
  PlannedService withMembers(ServiceMembers same) {
    return new PlannedService(same, scheduled, midFlow, persistence);
  }

  /** Returns the slot of the server for a flow that begins, or {@link Picker#NONE}. */
  int schedule(FlowView flow) {
    return guarded(scheduled, flow);
  }

  /** Returns the slot of the server for a flow that nobody remembers, or {@link Picker#NONE}. */
  int place(FlowView flow) {
    return guarded(midFlow, flow);
  }

  /** Returns whether the server of that slot may take a new flow of this service. */
  boolean mayTake(int slot) {
    int word = slot >> 6;
    return slot >= 0 && word < eligible.length && (eligible[word] & (1L << slot)) != 0;
  }

  // A user's picker may be wrong; its fault must not become a frame to a stranger, or an end of the
  // event loop.
  @SuppressWarnings("CatchingUnchecked")
  private int guarded(Picker picker, FlowView flow) {
    try {
      int slot = picker.pick(flow);
      return mayTake(slot) ? slot : Picker.NONE;
    } catch (Exception | AssertionError | LinkageError | StackOverflowError e) {
      return Picker.NONE;
    }
  }
}
