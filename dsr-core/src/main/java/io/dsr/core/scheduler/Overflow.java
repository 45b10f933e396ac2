package io.dsr.core.scheduler;

import io.dsr.core.FlowView;
import io.dsr.core.Picker;
import io.dsr.core.Scheduler;
import io.dsr.core.SchedulerSpec;
import io.dsr.core.Servers;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Takes the server of the greatest weight that does not have more active flows than its weight, and
 * of several the first, as {@code ip_vs_ovf.c} does. Where all have, the flow is refused.
 *
 * <p>The load is that of one event loop, and so is the bound: n loops let a server have n times its
 * weight.
 *
 * <p>A pick looks at the servers whose load has changed: see {@link Tournament}. Kernel fast path:
 * needs each server's live count of active flows; without it the packet must go up.
 */
enum Overflow implements Scheduler {
  INSTANCE;

  @Override
  public Picker newPicker(Servers servers) {
    var candidates = Candidates.available(servers);
    return candidates.noneAvailable() ? NoServer.INSTANCE : new Heaviest(servers, candidates);
  }

  @Override
  public Optional<SchedulerSpec> spec() {
    return Optional.of(SchedulerSpec.of("ovf"));
  }

  @Override
  public String toString() {
    return "ovf";
  }

  private static final class Heaviest implements StatelessPicker {

    private static final int HAS_ROOM = 0;

    private final Tournament byWeight;
    private final int[] slots;

    Heaviest(Servers servers, Candidates candidates) {
      int[] ranks = candidates.byWeight();
      this.byWeight =
          new Tournament(
              servers,
              Measure.FULL,
              IntStream.of(ranks).map(rank -> candidates.positions[rank]).toArray(),
              IntStream.of(ranks).map(rank -> candidates.weights[rank]).toArray());
      this.slots = IntStream.of(ranks).map(rank -> candidates.slots[rank]).toArray();
    }

    @Override
    public int pick(FlowView flow) {
      int first = byWeight.least();
      return byWeight.cost(first) == HAS_ROOM ? slots[first] : NONE;
    }
  }
}
