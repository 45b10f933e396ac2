package io.dsr.core.scheduler;

import io.dsr.core.FlowView;
import io.dsr.core.Picker;
import io.dsr.core.Scheduler;
import io.dsr.core.SchedulerSpec;
import io.dsr.core.Servers;
import java.util.Optional;

/**
 * Takes the servers in turn, in passes: the first pass takes those of the greatest weight, each
 * later one those of the weight a step below too, the step being the weights' greatest common
 * divisor. This is the scheduling of {@code ip_vs_wrr.c}; weights 4, 3 and 2 give {@code
 * AABABCABC}, in the order of {@link Servers}.
 *
 * <p>A picker starts at the beginning of the sequence, always. A pick costs the same for any number
 * of servers and any weights, on average: the servers of a pass are a linked list, and each joins
 * it once a round.
 *
 * <p>Kernel fast path: needs the weights, and a position and a threshold for each processor.
 */
enum WeightedRoundRobin implements Scheduler {
  INSTANCE;

  @Override
  public Picker newPicker(Servers servers) {
    var candidates = Candidates.available(servers);
    return candidates.noneAvailable() ? NoServer.INSTANCE : new Passes(candidates);
  }

  @Override
  public Optional<SchedulerSpec> spec() {
    return Optional.of(SchedulerSpec.of("wrr"));
  }

  @Override
  public String toString() {
    return "wrr";
  }

  private static final class Passes implements Picker {

    private final int[] slots;
    private final int[] weights;
    private final int[] byWeight;

    /** Which server, of those heavier or joined before, each one follows in its pass. */
    private final int[] leaders;

    /** The servers of this pass in their order; its end is also what comes before the first. */
    private final int[] followers;

    private final int end;
    private final int step;
    private int joined;
    private int threshold;
    private int last;

    Passes(Candidates candidates) {
      slots = candidates.slots;
      weights = candidates.weights;
      byWeight = candidates.byWeight();
      end = weights.length;
      leaders = leaders(byWeight);
      followers = new int[end + 1];
      step = candidates.divisor();
      last = end;
      followers[end] = end;
    }

    @Override
    public int pick(FlowView flow) {
      int at = followers[last];
      if (at == end) {
        nextPass();
        at = followers[end];
      }
      last = at;
      return slots[at];
    }

    @Override
    public int peek(FlowView flow) {
      int at = followers[last];
      return slots[at == end ? firstOfNextPass() : at];
    }

    private int nextThreshold() {
      return threshold > step ? threshold - step : weights[byWeight[0]];
    }

    private boolean startsRound() {
      return threshold <= step;
    }

    private void nextPass() {
      int next = nextThreshold();
      if (startsRound()) {
        joined = 0;
        followers[end] = end;
      }
      threshold = next;
      while (joined < end && weights[byWeight[joined]] >= threshold) {
        int rank = byWeight[joined++];
        followers[rank] = followers[leaders[rank]];
        followers[leaders[rank]] = rank;
      }
    }

    private int firstOfNextPass() {
      int next = nextThreshold();
      // The end is behind every rank, so the least of these is the first of the pass.
      int first = startsRound() ? end : followers[end];
      for (int at = startsRound() ? 0 : joined; at < end && weights[byWeight[at]] >= next; at++) {
        first = Math.min(first, byWeight[at]);
      }
      return first;
    }

    /** Takes all ranks out of the whole list, the lightest first, and notes whom each followed. */
    private static int[] leaders(int[] byWeight) {
      int end = byWeight.length;
      int[] before = new int[end + 1];
      int[] behind = new int[end + 1];
      for (int rank = 0; rank <= end; rank++) {
        before[rank] = rank == 0 ? end : rank - 1;
        behind[rank] = rank == end ? 0 : rank + 1;
      }
      for (int at = end - 1; at >= 0; at--) {
        int rank = byWeight[at];
        behind[before[rank]] = behind[rank];
        before[behind[rank]] = before[rank];
      }
      return before;
    }
  }
}
