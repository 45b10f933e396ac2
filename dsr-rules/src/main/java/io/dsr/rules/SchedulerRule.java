package io.dsr.rules;

import io.dsr.core.Scheduler;
import io.dsr.core.SchedulerSpec;
import io.dsr.core.scheduler.MaglevOptions;
import io.dsr.core.scheduler.Schedulers;
import io.dsr.core.scheduler.SlowStart;
import io.dsr.core.scheduler.SourceHashOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
  private @Nullable SlowStart slowStart;

  /** Takes an option, or returns false for one of another kind. */
  boolean option(String option, Tokens words) throws RuleError {
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
          slowStart =
              slowStart(
                  words.onlyArgument(
                      option, option, "WINDOW[,AGGRESSION[,PERCENT]], such as 60s or 60s,1.0,10"));
      default -> {
        return false;
      }
    }
    return true;
  }

  /** Reads a window, how fast weights rise in it, and what part they begin with, in percent. */
  private static SlowStart slowStart(String text) throws RuleError {
    List<String> parts = List.of(text.split(",", -1));
    SlowStart options =
        SlowStart.DEFAULT.window(
            Durations.parse(
                parts.getFirst(), Duration.ofSeconds(1), Duration.ofHours(1), "window"));
    try {
      if (parts.size() > 1) {
        options = options.aggression(Double.parseDouble(parts.get(1)));
      }
      if (parts.size() > 2) {
        options = options.minimumPercent(Integer.parseInt(parts.get(2)));
      }
    } catch (IllegalArgumentException e) {
      throw new RuleError(
          "--slow-start " + text, "WINDOW[,AGGRESSION[,PERCENT]], such as 60s,1.0,10");
    }
    return options;
  }

  /**
   * Returns the words that are read as that scheduler; nothing if rules have none for an option.
   */
  static Optional<String> write(SchedulerSpec spec) {
    List<String> words = new ArrayList<>(List.of("-s " + spec.name()));
    if (!spec.flags().isEmpty()) {
      words.add("-b " + String.join(",", spec.flags()));
    }
    for (Map.Entry<String, String> option : spec.options().entrySet()) {
      String value = option.getValue();
      switch (option.getKey()) {
        case "tableSize" -> words.add("--table-size " + value);
        case "slowStart" -> words.add("--slow-start " + slowStart(SlowStart.parse(value)));
        default -> {
          if (!value.isEmpty()) {
            return Optional.empty();
          }
        }
      }
    }
    return Optional.of(String.join(" ", words));
  }

  private static String slowStart(SlowStart options) {
    return "%s,%s,%d"
        .formatted(
            Durations.write(options.window()), options.aggression(), options.minimumPercent());
  }

  /** Returns the scheduler, empty for the default. */
  Optional<Scheduler> scheduler() throws RuleError {
    Optional<Scheduler> inner = inner();
    SlowStart options = slowStart;
    if (options == null) {
      return inner;
    }
    return Optional.of(
        Schedulers.slowStart(inner.orElse(Schedulers.weightedLeastConnections()), options));
  }

  private Optional<Scheduler> inner() throws RuleError {
    String scheduler = name == null ? "wlc" : name;
    check(scheduler);
    boolean port = has(scheduler, "port", PORT);
    boolean fallback = has(scheduler, "fallback", FALLBACK);
    return switch (scheduler) {
      case "sh" -> Optional.of(Schedulers.sourceHash(new SourceHashOptions(port, fallback)));
      case "mh" -> Optional.of(Schedulers.maglev(new MaglevOptions(tableSize(), port, fallback)));
      default -> name == null ? Optional.empty() : Optional.of(named(scheduler, flags));
    };
  }

  private void check(String scheduler) throws RuleError {
    if (scheduler.equals("sh") || scheduler.equals("mh")) {
      List<String> known = List.of(scheduler + "-port", scheduler + "-fallback");
      for (String flag : flags) {
        boolean numbered = flag.equals(FALLBACK) || flag.equals(PORT);
        if (!numbered && !known.contains(flag)) {
          throw new RuleError("scheduler flag \"" + flag + "\"", String.join(", ", known));
        }
      }
    }
    if (tableSize != null && !scheduler.equals("mh")) {
      throw new RuleError("--table-size for " + scheduler, "-s mh");
    }
  }

  private boolean has(String scheduler, String flag, String number) {
    return flags.contains(scheduler + "-" + flag) || flags.contains(number);
  }

  private int tableSize() throws RuleError {
    return tableSize == null
        ? MaglevOptions.DEFAULT.tableSize()
        : Endpoint.number(tableSize, 1, Integer.MAX_VALUE, "--table-size");
  }

  private static String sizes() {
    return "one of " + MaglevOptions.TABLE_SIZES;
  }

  private static Scheduler named(String name, List<String> flags) throws RuleError {
    if (!Schedulers.names().contains(name)) {
      throw new RuleError(
          "scheduler \"" + name + "\"", String.join(", ", new TreeSet<>(Schedulers.names())));
    }
    Optional<List<String>> known = Schedulers.flags(name);
    for (String flag : flags) {
      if (known.isPresent() && !known.get().contains(flag)) {
        throw new RuleError(
            "scheduler flag \"" + flag + "\"",
            known.get().isEmpty() ? "no flags for " + name : String.join(", ", known.get()));
      }
    }
    try {
      return Schedulers.named(name, flags);
    } catch (IllegalArgumentException e) { // from a user's provider
      throw new RuleError(
          "scheduler flags \"" + String.join(",", flags) + "\"", String.valueOf(e.getMessage()));
    }
  }
}
