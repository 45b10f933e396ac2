package io.dsr.examples.demo;

import io.dsr.core.Scheduler;
import java.util.Map;

/** The schedulers that {@code --scheduler} knows. */
final class SchedulerNames {

  /** By name; to be filled from {@link io.dsr.core.scheduler.Schedulers}. */
  static final Map<String, Scheduler> ALL =
      Map.of(
          "rr",
          io.dsr.core.scheduler.Schedulers.roundRobin(),
          "wrr",
          io.dsr.core.scheduler.Schedulers.weightedRoundRobin(),
          "mh",
          io.dsr.core.scheduler.Schedulers.maglev());

  private SchedulerNames() {}
}
