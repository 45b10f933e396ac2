package io.dsr.core.scheduler;

import io.dsr.core.Picker;
import io.dsr.core.Scheduler;
import io.dsr.core.SchedulerSpec;
import io.dsr.core.Servers;
import java.util.Optional;

/**
 * Takes the server of least {@link Overhead} for its weight, and of several the first, as {@code
 * ip_vs_wlc.c} does: fractions are compared by cross-multiplication, so none is rounded.
 *
 * <p>A pick looks at the servers whose load has changed: see {@link Tournament}. Kernel fast path:
 * needs each server's live counts of active and inactive flows; without them the packet must go up.
 */
enum WeightedLeastConnections implements Scheduler {
  INSTANCE;

  @Override
  public Picker newPicker(Servers servers) {
    return LeastPicker.of(servers, Measure.WEIGHTED_OVERHEAD);
  }

  @Override
  public Optional<SchedulerSpec> spec() {
    return Optional.of(SchedulerSpec.of("wlc"));
  }

  @Override
  public String toString() {
    return "wlc";
  }
}
