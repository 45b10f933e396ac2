package io.dsr.examples.rules;

import io.dsr.core.Scheduler;
import io.dsr.core.scheduler.MaglevOptions;
import io.dsr.core.scheduler.Schedulers;
import io.dsr.core.scheduler.SourceHashOptions;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The options of scheduling: {@code -s} and {@code -b} of ipvsadm, and the size of Maglev's table.
 */
final class SchedulerRule {

  private static final String PORT = "flag-2";
  private static final String FALLBACK = "flag-1";

  private @Nullable String name;
  private List<String> flags = List.of();
  private @Nullable String tableSize;

  /** Takes an option, or returns false for one of another kind. */
  boolean option(String option, Words words) throws Fault {
    switch (option) {
      case "-s", "--scheduler" -> name = words.onlyArgument(option, "scheduler", "a scheduler");
      case "-b", "--sched-flags" ->
          flags =
              List.of(
                  words
                      .onlyArgument(option, "list of scheduler flags", "scheduler flags")
                      .split(",", -1));
      case "--table-size" -> tableSize = words.onlyArgument(option, option, sizes());
      case "--slow-start" ->
          // The place for a decorator of schedulers, once there is one.
          throw new Fault(option, "no such option: this version raises no weights by itself");
      default -> {
        return false;
      }
    }
    return true;
  }

  /** Returns the scheduler, empty for the default. */
  Optional<Scheduler> scheduler() throws Fault {
    String scheduler = name == null ? "wlc" : name;
    check(scheduler);
    boolean port = has(scheduler, "port", PORT);
    boolean fallback = has(scheduler, "fallback", FALLBACK);
    return switch (scheduler) {
      case "sh" -> Optional.of(Schedulers.sourceHash(new SourceHashOptions(port, fallback)));
      case "mh" -> Optional.of(Schedulers.maglev(new MaglevOptions(tableSize(), port, fallback)));
      default -> name == null ? Optional.empty() : Optional.of(named(scheduler));
    };
  }

  private void check(String scheduler) throws Fault {
    boolean takesFlags = scheduler.equals("sh") || scheduler.equals("mh");
    List<String> known =
        takesFlags ? List.of(scheduler + "-port", scheduler + "-fallback") : List.of();
    for (String flag : flags) {
      boolean numbered = takesFlags && (flag.equals(FALLBACK) || flag.equals(PORT));
      if (!numbered && !known.contains(flag)) {
        String expected = known.isEmpty() ? "no flags for " + scheduler : String.join(", ", known);
        throw new Fault("scheduler flag \"" + flag + "\"", expected);
      }
    }
    if (tableSize != null && !scheduler.equals("mh")) {
      throw new Fault("--table-size for " + scheduler, "-s mh, which has a table");
    }
  }

  private boolean has(String scheduler, String flag, String number) {
    return flags.contains(scheduler + "-" + flag) || flags.contains(number);
  }

  private int tableSize() throws Fault {
    return tableSize == null
        ? MaglevOptions.DEFAULT.tableSize()
        : Endpoint.number(tableSize, 1, Integer.MAX_VALUE, "--table-size");
  }

  private static String sizes() {
    return "one of " + MaglevOptions.TABLE_SIZES;
  }

  private static Scheduler named(String name) throws Fault {
    return Schedulers.named(name)
        .orElseThrow(() ->
            new Fault(
                "scheduler \"" + name + "\"",
                String.join(", ", new TreeSet<>(Schedulers.names()))));
  }
}
