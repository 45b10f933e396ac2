package io.dsr.core.scheduler;

import io.dsr.core.Picker;
import io.dsr.core.Scheduler;
import io.dsr.core.SchedulerSpec;
import io.dsr.core.Servers;
import java.util.Optional;

/**
 * Takes the server of the greatest weight among those that may take a new flow, and of several the
 * first, as {@code ip_vs_fo.c} does: the others stand by.
 *
 * <p>Kernel fast path: needs one slot.
 */
enum Failover implements Scheduler {
  INSTANCE;

  @Override
  public Picker newPicker(Servers servers) {
    var candidates = Candidates.available(servers);
    return candidates.noneAvailable()
        ? NoServer.INSTANCE
        : new OnlyServer(candidates.slots[candidates.byWeight()[0]]);
  }

  @Override
  public boolean isConsistent() {
    return true;
  }

  @Override
  public Optional<SchedulerSpec> spec() {
    return Optional.of(SchedulerSpec.of("fo"));
  }

  @Override
  public String toString() {
    return "fo";
  }
}
