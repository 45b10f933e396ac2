package io.dsr.core.scheduler;

import io.dsr.core.Picker;
import io.dsr.core.Scheduler;
import io.dsr.core.SchedulerSpec;
import io.dsr.core.Servers;
import java.util.Optional;

/**
 * Takes the server that has the fewest active flows for its weight once the new one is counted,
 * {@code (active + 1) / weight}, and of several the first, as {@code ip_vs_sed.c} does. So an idle
 * light server does not go before an idle heavy one.
 *
 * <p>A pick looks at the servers whose load has changed: see {@link Tournament}. Kernel fast path:
 * needs each server's live count of active flows; without it the packet must go up.
 */
enum ShortestExpectedDelay implements Scheduler {
  INSTANCE;

  @Override
  public Picker newPicker(Servers servers) {
    return LeastPicker.of(servers, Measure.QUEUE);
  }

  @Override
  public Optional<SchedulerSpec> spec() {
    return Optional.of(SchedulerSpec.of("sed"));
  }

  @Override
  public String toString() {
    return "sed";
  }
}
