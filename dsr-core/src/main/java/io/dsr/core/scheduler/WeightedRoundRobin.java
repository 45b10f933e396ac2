package io.dsr.core.scheduler;

import io.dsr.core.FlowView;
import io.dsr.core.Picker;
import io.dsr.core.Scheduler;
import io.dsr.core.Servers;

/**
 * {@code wrr}: every server in turn, those of greater weight in more of the rounds. Weights 4, 3
 * and 2 give AABABCABC.
 *
 * <p>A round takes each server whose weight is at least the current one, which falls by the
 * greatest common divisor of all weights after each round, and rises to the greatest weight again.
 * Source: net/netfilter/ipvs/ip_vs_wrr.c.
 */
record WeightedRoundRobin() implements Scheduler {

  @Override
  public Picker newPicker(Servers servers) {
    return new Rounds(new Eligible(servers));
  }

  @Override
  public String toString() {
    return "wrr";
  }

  private static final class Rounds implements Picker {

    private final int[] slots;
    private final int[] weights;
    private final int greatest;
    private final int step;
    private int position = -1;
    private int current;

    Rounds(Eligible servers) {
      this.slots = servers.slots();
      this.weights = servers.weights();
      this.greatest = servers.greatestWeight();
      this.step = servers.commonDivisor();
    }

    @Override
    public int pick(FlowView flow) {
      if (slots.length == 0) {
        return NONE;
      }
      do {
        position++;
        if (position >= slots.length || current == 0) {
          position = 0;
          current = current <= step ? greatest : current - step;
        }
      } while (weights[position] < current);
      return slots[position];
    }
  }
}
