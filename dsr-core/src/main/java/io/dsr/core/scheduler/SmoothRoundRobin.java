package io.dsr.core.scheduler;

import io.dsr.core.FlowView;
import io.dsr.core.Picker;
import io.dsr.core.Scheduler;
import io.dsr.core.SchedulerSpec;
import io.dsr.core.Servers;
import java.util.Optional;

/**
 * Takes the servers in turn, the heavier ones more often, and mixes their turns as evenly as it
 * can: weights 5, 1 and 1 give {@code AABACAA}. This is the smooth weighted round robin of nginx
 * ({@code ngx_http_upstream_round_robin.c}): at each pick every server's credit grows by its
 * weight, the first of the greatest credit is taken and pays the sum of all weights.
 *
 * <p>A picker starts at the beginning of the sequence, always. A pick looks at every server that
 * may take a new flow. Kernel fast path: needs one credit for each server and processor, with as
 * many updates a pick; {@link WeightedRoundRobin} gives the same shares for less.
 */
enum SmoothRoundRobin implements Scheduler {
  INSTANCE;

  @Override
  public Picker newPicker(Servers servers) {
    var candidates = Candidates.available(servers);
    return candidates.noneAvailable() ? NoServer.INSTANCE : new Credits(candidates);
  }

  @Override
  public Optional<SchedulerSpec> spec() {
    return Optional.of(SchedulerSpec.of("swrr"));
  }

  @Override
  public String toString() {
    return "swrr";
  }

  private static final class Credits implements Picker {

    private final int[] slots;
    private final int[] weights;
    private final long price;
    private final long[] credits;

    Credits(Candidates candidates) {
      slots = candidates.slots;
      weights = candidates.weights;
      price = candidates.weight();
      credits = new long[weights.length];
    }

    @Override
    public int pick(FlowView flow) {
      int richest = richest();
      for (int rank = 0; rank < weights.length; rank++) {
        credits[rank] += weights[rank];
      }
      credits[richest] -= price;
      return slots[richest];
    }

    @Override
    public int peek(FlowView flow) {
      return slots[richest()];
    }

    private int richest() {
      int richest = 0;
      for (int rank = 1; rank < weights.length; rank++) {
        if (credits[rank] + weights[rank] > credits[richest] + weights[richest]) {
          richest = rank;
        }
      }
      return richest;
    }
  }
}
