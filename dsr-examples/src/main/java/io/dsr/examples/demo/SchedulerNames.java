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
          .collect(Collectors.toUnmodifiableMap(Function.identity(), SchedulerNames::scheduler));

  private SchedulerNames() {}

  // With sh-fallback, so that a demo server that goes takes no client with it.
  private static Scheduler scheduler(String name) {
    return name.equals("sh") ? Schedulers.sourceHash() : Schedulers.named(name).orElseThrow();
  }
}
