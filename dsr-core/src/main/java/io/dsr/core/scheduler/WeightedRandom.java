package io.dsr.core.scheduler;

import io.dsr.core.FlowView;
import io.dsr.core.Picker;
import io.dsr.core.Scheduler;
import io.dsr.core.SchedulerSpec;
import io.dsr.core.Servers;
import java.util.Optional;

/**
 * Takes a server at random, with chances by weight: balancers and event loops that know nothing of
 * each other do not march in step.
 *
 * <p>Kernel fast path: needs the sums of the weights and a random number a packet.
 */
enum WeightedRandom implements Scheduler {
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
        : new AtRandom(candidates.slots, new Lottery(candidates.weights, draws));
  }

  @Override
  public Optional<SchedulerSpec> spec() {
    return Optional.of(SchedulerSpec.of("random"));
  }

  @Override
  public String toString() {
    return "random";
  }

  private static final class AtRandom implements Picker {

    private final int[] slots;
    private final Lottery lottery;

    AtRandom(int[] slots, Lottery lottery) {
      this.slots = slots;
      this.lottery = lottery;
    }

    @Override
    public int pick(FlowView flow) {
      return slots[lottery.draw()];
    }
  }
}
