package io.dsr.core.scheduler;

import io.dsr.core.FlowView;
import io.dsr.core.Picker;
import io.dsr.core.Scheduler;
import io.dsr.core.Servers;
import java.util.stream.IntStream;

/**
 * Takes the servers in turn, in passes: the first pass takes those of the greatest weight, each
 * later one those of the weight a step below too, the step being the weights' greatest common
 * divisor. This is the scheduling of {@code ip_vs_wrr.c}; weights 4, 3 and 2 give {@code
 * AABABCABC}, in the order of {@link Servers}.
 *
 * <p>A picker starts at the beginning of the sequence, always. A pick looks at fewer than twice as
 * many servers as there are.
 */
enum WeightedRoundRobin implements Scheduler {
  INSTANCE;

  @Override
  public Picker newPicker(Servers servers) {
    var candidates = Candidates.available(servers);
    return candidates.noneAvailable() ? NoServer.INSTANCE : new Passes(candidates);
  }

  @Override
  public String toString() {
    return "wrr";
  }

  private static final class Passes implements Picker {

    private final int[] slots;
    private final int[] weights;
    private final int heaviest;
    private final int step;
    private int last;
    private int threshold;

    Passes(Candidates candidates) {
      slots = candidates.slots;
      weights = candidates.weights;
      heaviest = IntStream.of(weights).max().orElseThrow();
      step = candidates.divisor();
      last = -1;
      threshold = heaviest;
    }

    @Override
    public int pick(FlowView flow) {
      int at = last;
      do {
        at++;
        if (at == weights.length) {
          at = 0;
          threshold = threshold > step ? threshold - step : heaviest;
        }
      } while (weights[at] < threshold);
      last = at;
      return slots[at];
    }
  }
}
