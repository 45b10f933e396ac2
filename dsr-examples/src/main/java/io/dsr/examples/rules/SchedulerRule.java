package io.dsr.examples.rules;

import io.dsr.core.Scheduler;
import io.dsr.core.scheduler.MaglevOptions;
import io.dsr.core.scheduler.Schedulers;
import io.dsr.core.scheduler.SourceHashOptions;
import java.util.List;
import java.util.TreeSet;

/**
 * A scheduler as a rule names it.
 *
 * @param name its name in IPVS
 * @param flags its flags, {@code sh-port} and its like
 */
record SchedulerRule(String name, List<String> flags) {

  private static final List<String> SH_FLAGS = List.of("sh-port", "sh-fallback");
  private static final List<String> MH_FLAGS = List.of("mh-port", "mh-fallback");

  Scheduler scheduler() throws Fault {
    List<String> known =
        switch (name) {
          case "sh" -> SH_FLAGS;
          case "mh" -> MH_FLAGS;
          default -> List.of();
        };
    for (String flag : flags) {
      if (!known.contains(flag)) {
        String expected = known.isEmpty() ? "no flags for " + name : String.join(", ", known);
        throw new Fault("scheduler flag \"" + flag + "\"", expected);
      }
    }
    return switch (name) {
      case "sh" ->
          Schedulers.sourceHash(
              new SourceHashOptions(flags.contains("sh-port"), flags.contains("sh-fallback")));
      case "mh" ->
          Schedulers.maglev(
              MaglevOptions.DEFAULT
                  .sourcePort(flags.contains("mh-port"))
                  .fallback(flags.contains("mh-fallback")));
      default -> Schedulers.named(name).orElseThrow(() -> unknown());
    };
  }

  private Fault unknown() {
    return new Fault(
        "scheduler \"" + name + "\"", String.join(", ", new TreeSet<>(Schedulers.names())));
  }
}
