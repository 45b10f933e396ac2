package io.dsr.core.scheduler;

import io.dsr.core.FlowView;
import io.dsr.core.Picker;
import io.dsr.core.Scheduler;
import io.dsr.core.SchedulerSpec;
import io.dsr.core.Servers;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Consistent hashing with bounded loads (V. Mirrokni, M. Thorup, M. Zadimoghaddam: "Consistent
 * Hashing with Bounded Loads", SODA 2018): takes the first server in the flow's order that is not
 * full. A server of weight w is full once it has {@code ceil(c * (active + 1) * w / sum of
 * weights)} active flows, where {@code active} is how many all have, so with c above 1 there is
 * always one that is not.
 *
 * <p>For rendezvous hashing the order is that of the scores. For Maglev it is that in which the
 * servers come in the table from the flow's entry on; of the servers, those without an entry come
 * last.
 *
 * <p>A pick reads the loads that changed since the last one ({@link ActiveFlows}). The load is that
 * of one event loop, so the bound holds on each for itself. Frames in the middle of a flow are
 * placed without the bound: no other balancer knows the load that the flow began under.
 *
 * <p>Kernel fast path: needs each server's live count of active flows; without it the packet must
 * go up.
 *
 * @param scheduler whose orders to walk
 * @param factor c, above 1
 */
record BoundedLoad(Preferring scheduler, double factor) implements Scheduler {

  static final String FACTOR = "factor";
  static final double DEFAULT_FACTOR = 1.25;
  private static final double MOST = 100;

  BoundedLoad {
    if (!(factor > 1 && factor <= MOST)) {
      throw new IllegalArgumentException(
          "factor: " + factor + " (expected: above 1, at most " + (int) MOST + ")");
    }
  }

  @Override
  public Picker newPicker(Servers servers) {
    var candidates = scheduler.candidates(servers);
    return candidates.noneAvailable()
        ? NoServer.INSTANCE
        : new Walk(
            candidates.slots,
            scheduler.newPreference(servers, candidates),
            new Capacity(servers, candidates, factor));
  }

  @Override
  public Optional<Scheduler> midFlow() {
    return Optional.of(scheduler);
  }

  @Override
  public Optional<SchedulerSpec> spec() {
    SchedulerSpec spec = scheduler.bounded();
    return Optional.of(factor == DEFAULT_FACTOR ? spec : spec.option(FACTOR, factor));
  }

  @Override
  public String toString() {
    return spec().orElseThrow().toString();
  }

  private static final class Walk implements StatelessPicker {

    private final int[] slots;
    private final Preference preference;
    private final Capacity capacity;

    Walk(int[] slots, Preference preference, Capacity capacity) {
      this.slots = slots;
      this.preference = preference;
      this.capacity = capacity;
    }

    @Override
    public int pick(FlowView flow) {
      capacity.measure();
      int rank = preference.first(flow, capacity);
      return rank == Preference.NOWHERE ? NONE : slots[rank];
    }
  }

  /** How full the servers are, from one measurement to the next. */
  private static final class Capacity implements Preference.Room {

    private final Servers servers;
    private final Candidates candidates;
    private final double factor;
    private final ActiveFlows active;
    private final long weight;
    private double perWeight;

    Capacity(Servers servers, Candidates candidates, double factor) {
      this.servers = servers;
      this.candidates = candidates;
      this.factor = factor;
      int[] available =
          IntStream.range(0, candidates.size())
              .filter(rank -> candidates.slots[rank] != Picker.NONE)
              .toArray();
      this.active =
          new ActiveFlows(
              servers, IntStream.of(available).map(rank -> candidates.positions[rank]).toArray());
      this.weight = IntStream.of(available).mapToLong(rank -> candidates.weights[rank]).sum();
    }

    void measure() {
      perWeight = factor * (active.sum() + 1) / weight;
    }

    // A whole number is below the ceiling of another one exactly if it is below that one.
    @Override
    public boolean at(int rank) {
      return candidates.slots[rank] != Picker.NONE
          && servers.active(candidates.positions[rank]) < perWeight * candidates.weights[rank];
    }
  }
}
