package io.dsr.core.scheduler;

import io.dsr.core.FlowView;
import io.dsr.core.Picker;
import io.dsr.core.Scheduler;
import io.dsr.core.Servers;
import java.util.stream.IntStream;

/**
 * {@code rr}: every server of effective weight above zero in turn, beginning with the first.
 * Source: net/netfilter/ipvs/ip_vs_rr.c.
 */
record RoundRobin() implements Scheduler {

  @Override
  public Picker newPicker(Servers servers) {
    int[] slots =
        IntStream.range(0, servers.size())
            .filter(position -> servers.weight(position) > 0)
            .map(servers::slot)
            .toArray();
    return new InTurn(slots);
  }

  @Override
  public String toString() {
    return "rr";
  }

  private static final class InTurn implements Picker {

    private final int[] slots;
    private int next;

    InTurn(int[] slots) {
      this.slots = slots;
    }

    @Override
    public int pick(FlowView flow) {
      if (slots.length == 0) {
        return NONE;
      }
      int slot = slots[next];
      next = next + 1 == slots.length ? 0 : next + 1;
      return slot;
    }
  }
}
