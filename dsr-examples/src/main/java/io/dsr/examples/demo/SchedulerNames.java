package io.dsr.examples.demo;

import io.dsr.core.Scheduler;
import io.dsr.core.scheduler.Schedulers;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The schedulers that {@code --scheduler} knows. */
final class SchedulerNames {

  /** By name, those of IPVS. */
  static final Map<String, Scheduler> ALL =
      Schedulers.names().stream()
          .collect(
              Collectors.toUnmodifiableMap(
                  Function.identity(), name -> Schedulers.named(name).orElseThrow()));

  private SchedulerNames() {}
}
