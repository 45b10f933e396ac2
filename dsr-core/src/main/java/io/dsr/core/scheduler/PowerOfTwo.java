package io.dsr.core.scheduler;

import io.dsr.core.FlowView;
import io.dsr.core.Picker;
import io.dsr.core.Scheduler;
import io.dsr.core.SchedulerSpec;
import io.dsr.core.Servers;
import java.util.Optional;

/**
 * Draws two servers at random, with chances by weight, and takes that of less {@link Overhead} for
 * its weight, of equals the first drawn, as {@code ip_vs_twos.c} does (M. Mitzenmacher: "The power
 * of two choices in randomized load balancing", IEEE TPDS 12(10), 2001). Both may be the same.
 *
 * <p>A pick reads the load of two servers, however many there are. Kernel fast path: needs the sums
 * of the weights, two random numbers a packet and live counts of active and inactive flows.
 */
enum PowerOfTwo implements Scheduler {
  INSTANCE;

  @Override
  public Picker newPicker(Servers servers) {
    return newPicker(servers, Draws.random());
  }

  /** Returns a picker that draws from {@code draws}. */
  static Picker newPicker(Servers servers, Draws draws) {
    var candidates = Candidates.available(servers);
    return candidates.noneAvailable()
        ? NoServer.INSTANCE
        : new Better(servers, candidates, new Lottery(candidates.weights, draws));
  }

  @Override
  public Optional<SchedulerSpec> spec() {
    return Optional.of(SchedulerSpec.of("twos"));
  }

  @Override
  public String toString() {
    return "twos";
  }

  private static final class Better implements Picker {

    private final Servers servers;
    private final Candidates candidates;
    private final Lottery lottery;

    Better(Servers servers, Candidates candidates, Lottery lottery) {
      this.servers = servers;
      this.candidates = candidates;
      this.lottery = lottery;
    }

    @Override
    public int pick(FlowView flow) {
      int first = lottery.draw();
      int second = lottery.draw();
      boolean secondIsBetter =
          cost(first) * candidates.weights[second] > cost(second) * candidates.weights[first];
      return candidates.slots[secondIsBetter ? second : first];
    }

    private long cost(int rank) {
      return Overhead.of(servers, candidates.positions[rank]);
    }
  }
}
