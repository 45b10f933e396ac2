package io.dsr.core.scheduler;

import io.dsr.core.Picker;
import io.dsr.core.Scheduler;
import io.dsr.core.SchedulerSpec;
import io.dsr.core.Servers;
import java.util.Optional;

/**
 * Takes the first server without active flows, whatever its weight, and where there is none that of
 * {@link ShortestExpectedDelay}, as {@code ip_vs_nq.c} does.
 *
 * <p>A pick looks at the servers whose load has changed: see {@link Tournament}. Kernel fast path:
 * needs each server's live count of active flows; without it the packet must go up.
 */
enum NeverQueue implements Scheduler {
  INSTANCE;

  @Override
  public Picker newPicker(Servers servers) {
    return LeastPicker.of(servers, Measure.IDLE_FIRST);
  }

  @Override
  public Optional<SchedulerSpec> spec() {
    return Optional.of(SchedulerSpec.of("nq"));
  }

  @Override
  public String toString() {
    return "nq";
  }
}
