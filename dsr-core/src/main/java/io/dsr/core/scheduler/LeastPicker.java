package io.dsr.core.scheduler;

import io.dsr.core.FlowView;
import io.dsr.core.Picker;
import io.dsr.core.Servers;

/** Takes the server of least cost, and of several the first. */
final class LeastPicker implements StatelessPicker {

  private final Tournament tournament;
  private final int[] slots;

  private LeastPicker(Tournament tournament, int[] slots) {
    this.tournament = tournament;
    this.slots = slots;
  }

  /** Returns a picker of the server whose cost by {@code measure} is least. */
  static Picker of(Servers servers, Measure measure) {
    var candidates = Candidates.available(servers);
    return switch (candidates.size()) {
      case 0 -> NoServer.INSTANCE;
      case 1 -> new OnlyServer(candidates.slots[0]);
      default ->
          new LeastPicker(
              new Tournament(servers, measure, candidates.positions, candidates.weights),
              candidates.slots);
    };
  }

  @Override
  public int pick(FlowView flow) {
    return slots[tournament.least()];
  }
}
