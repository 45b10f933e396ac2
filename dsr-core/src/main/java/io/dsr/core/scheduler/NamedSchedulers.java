package io.dsr.core.scheduler;

import io.dsr.core.Scheduler;
import io.dsr.core.SchedulerProvider;
import io.dsr.core.SchedulerSpec;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.stream.Stream;

/** Schedulers by name: the built-in ones, and those of users' {@link SchedulerProvider}s. */
final class NamedSchedulers {

  /** First those of IPVS, in the order of its manual, then our own. */
  private static final List<String> BUILT_IN =
      List.of(
          "rr",
          "wrr",
          "lc",
          "wlc",
          "lblc",
          "lblcr",
          "dh",
          "sh",
          "sed",
          "nq",
          "fo",
          "ovf",
          "mh",
          "twos",
          "swrr",
          "random",
          "hrw",
          "mh-bounded",
          "hrw-bounded");

  private static final String MID_FLOW = "mid-flow";

  private NamedSchedulers() {}

  static List<String> names() {
    return Stream.concat(BUILT_IN.stream(), providers().map(SchedulerProvider::name))
        .distinct()
        .toList();
  }

  static Optional<Scheduler> find(String name) {
    return BUILT_IN.contains(name)
        ? Optional.of(standard(name))
        : provider(name).map(provider -> provider.scheduler(List.of()));
  }

  static Scheduler make(String name, List<String> flags) {
    if (!BUILT_IN.contains(name)) {
      return provider(name).orElseThrow(() -> unknown(name)).scheduler(flags);
    }
    List<String> known = flagsOf(name);
    for (String flag : flags) {
      if (!known.contains(flag)) {
        String expected = known.isEmpty() ? "no flags for " + name : String.join(", ", known);
        throw new IllegalArgumentException(
            "scheduler flag: " + flag + " (expected: " + expected + ")");
      }
    }
    return flagged(name, flags);
  }

  static Optional<List<String>> flags(String name) {
    return BUILT_IN.contains(name) ? Optional.of(flagsOf(name)) : Optional.empty();
  }

  static Scheduler of(SchedulerSpec spec) {
    String slowStart = spec.options().get(SlowStart.OPTION);
    if (slowStart != null) {
      return Schedulers.slowStart(of(spec.without(SlowStart.OPTION)), SlowStart.parse(slowStart));
    }
    String name = spec.name();
    if (name.equals(MID_FLOW) && spec.options().isEmpty()) {
      return Schedulers.midFlow();
    }
    if (!BUILT_IN.contains(name)) {
      return make(name, spec.options().entrySet().stream().map(NamedSchedulers::written).toList());
    }
    List<String> known = valuesOf(name);
    for (String option : spec.options().keySet()) {
      if (!spec.flags().contains(option) && !known.contains(option)) {
        String expected = known.isEmpty() ? "no values for " + name : String.join(", ", known);
        throw new IllegalArgumentException(
            "scheduler option: " + option + " (expected: " + expected + ")");
      }
    }
    return valued(spec, make(name, spec.flags()));
  }

  private static String written(Map.Entry<String, String> option) {
    return option.getValue().isEmpty()
        ? option.getKey()
        : option.getKey() + "=" + option.getValue();
  }

  private static List<String> valuesOf(String name) {
    return switch (name) {
      case "mh" -> List.of(MaglevOptions.TABLE_SIZE);
      case "mh-bounded" -> List.of(MaglevOptions.TABLE_SIZE, BoundedLoad.FACTOR);
      case "hrw-bounded" -> List.of(BoundedLoad.FACTOR);
      case "lblc", "lblcr" -> List.of(LocalityOptions.DESTINATIONS, LocalityOptions.EXPIRATION);
      default -> List.of();
    };
  }

  /** Returns the scheduler with the values that {@code spec} has. */
  private static Scheduler valued(SchedulerSpec spec, Scheduler scheduler) {
    try {
      return switch (scheduler) {
        case Maglev maglev -> sized(spec, maglev);
        case BoundedLoad bounded ->
            Schedulers.boundedLoad(valued(spec, bounded.scheduler()), factor(spec));
        case LocalityLeastConnections _ ->
            Schedulers.localityLeastConnections(LocalityOptions.of(spec));
        case ReplicatedLocality _ -> Schedulers.replicatedLocality(LocalityOptions.of(spec));
        default -> scheduler;
      };
    } catch (DateTimeParseException | NumberFormatException e) {
      throw new IllegalArgumentException(
          "scheduler: " + spec + " (expected: numbers, and for expiration a time such as PT24H)",
          e);
    }
  }

  private static Scheduler sized(SchedulerSpec spec, Maglev maglev) {
    String size = spec.options().get(MaglevOptions.TABLE_SIZE);
    return size == null
        ? maglev
        : Schedulers.maglev(maglev.options().tableSize(Integer.parseInt(size)));
  }

  private static double factor(SchedulerSpec spec) {
    String factor = spec.options().get(BoundedLoad.FACTOR);
    return factor == null ? BoundedLoad.DEFAULT_FACTOR : Double.parseDouble(factor);
  }

  private static Scheduler standard(String name) {
    return switch (name) {
      case "sh" -> Schedulers.sourceHash();
      case "mh" -> Schedulers.maglev();
      case "mh-bounded" -> Schedulers.boundedLoad(Schedulers.maglev());
      default -> flagged(name, List.of());
    };
  }

  private static List<String> flagsOf(String name) {
    return switch (name) {
      case "sh" -> List.of("sh-port", "sh-fallback");
      case "mh", "mh-bounded" -> List.of("mh-port", "mh-fallback");
      case "hrw", "hrw-bounded" -> List.of("hrw-port");
      default -> List.of();
    };
  }

  private static Scheduler flagged(String name, List<String> flags) {
    return switch (name) {
      case "sh" ->
          Schedulers.sourceHash(
              new SourceHashOptions(flags.contains("sh-port"), flags.contains("sh-fallback")));
      case "mh" -> maglev(flags);
      case "mh-bounded" -> Schedulers.boundedLoad(maglev(flags));
      case "hrw" -> rendezvous(flags);
      case "hrw-bounded" -> Schedulers.boundedLoad(rendezvous(flags));
      default -> plain(name);
    };
  }

  private static Scheduler plain(String name) {
    return switch (name) {
      case "rr" -> Schedulers.roundRobin();
      case "wrr" -> Schedulers.weightedRoundRobin();
      case "lc" -> Schedulers.leastConnections();
      case "wlc" -> Schedulers.weightedLeastConnections();
      case "lblc" -> Schedulers.localityLeastConnections();
      case "lblcr" -> Schedulers.replicatedLocality();
      case "dh" -> Schedulers.destinationHash();
      case "sed" -> Schedulers.shortestExpectedDelay();
      case "nq" -> Schedulers.neverQueue();
      case "fo" -> Schedulers.failover();
      case "ovf" -> Schedulers.overflow();
      case "twos" -> Schedulers.powerOfTwo();
      case "swrr" -> Schedulers.smoothRoundRobin();
      case "random" -> Schedulers.random();
      default -> throw unknown(name);
    };
  }

  private static Scheduler maglev(List<String> flags) {
    return Schedulers.maglev(
        MaglevOptions.DEFAULT
            .sourcePort(flags.contains("mh-port"))
            .fallback(flags.contains("mh-fallback")));
  }

  private static Scheduler rendezvous(List<String> flags) {
    return Schedulers.rendezvous(new RendezvousOptions(flags.contains("hrw-port")));
  }

  private static Optional<SchedulerProvider> provider(String name) {
    List<SchedulerProvider> named =
        providers().filter(provider -> provider.name().equals(name)).toList();
    if (named.size() > 1) {
      throw new IllegalArgumentException(
          "scheduler: %s (expected: one provider, not %s and %s)"
              .formatted(name, named.get(0).getClass(), named.get(1).getClass()));
    }
    return named.stream().findFirst();
  }

  private static Stream<SchedulerProvider> providers() {
    return ServiceLoader.load(SchedulerProvider.class).stream().map(ServiceLoader.Provider::get);
  }

  private static IllegalArgumentException unknown(String name) {
    return new IllegalArgumentException(
        "scheduler: " + name + " (expected: one of " + String.join(", ", names()) + ")");
  }
}
