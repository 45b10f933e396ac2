package io.dsr.core.scheduler;

import io.dsr.core.FlowView;
import io.dsr.core.Picker;
import io.dsr.core.Scheduler;
import io.dsr.core.SchedulerSpec;
import io.dsr.core.Servers;
import java.util.Optional;

/**
 * Takes the servers in turn, as {@code ip_vs_rr.c} does.
 *
 * <p>A picker starts with the first server, always: that the sequence is known is worth more here
 * than that event loops and balancers do not march in step.
 *
 * <p>Kernel fast path: needs the list of slots and one counter for each processor.
 */
enum RoundRobin implements Scheduler {
  INSTANCE;

  @Override
  public Picker newPicker(Servers servers) {
    var candidates = Candidates.available(servers);
    return candidates.noneAvailable() ? NoServer.INSTANCE : new Turns(candidates.slots);
  }

  @Override
  public Optional<SchedulerSpec> spec() {
    return Optional.of(SchedulerSpec.of("rr"));
  }

  @Override
  public String toString() {
    return "rr";
  }

  private static final class Turns implements Picker {

    private final int[] slots;
    private int next;

    Turns(int[] slots) {
      this.slots = slots;
    }

    @Override
    public int pick(FlowView flow) {
      int at = next;
      next = at + 1 == slots.length ? 0 : at + 1;
      return slots[at];
    }

    @Override
    public int peek(FlowView flow) {
      return slots[next];
    }
  }
}
