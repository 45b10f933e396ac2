package io.dsr.bench.packet;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/** All measurements of all rounds, and what became of those who took no part. */
final class Results {

  private final List<Map<Contender, Map<Scenario, Measurement>>> rounds = new ArrayList<>();
  private final Map<Contender, String> skipped = new EnumMap<>(Contender.class);
  private final Map<Contender, String> failures = new EnumMap<>(Contender.class);

  /**
   * Adds what was measured in a round, or in a part of one, from 0 on: ratios are of one round, or
   * of one part.
   */
  void add(int round, Contender contender, Scenario scenario, Measurement measured) {
    while (rounds.size() <= round) {
      rounds.add(new EnumMap<>(Contender.class));
    }
    rounds
        .get(round)
        .computeIfAbsent(contender, c -> new EnumMap<>(Scenario.class))
        .put(scenario, measured);
  }

  /** Leaves a contender out. */
  void skip(Contender contender, String why) {
    skipped.put(contender, why);
  }

  /** Notes that a contender's turn failed. */
  void fail(Contender contender, String why) {
    failures.put(contender, why);
  }

  /** Returns whether any turn failed. */
  boolean hasFailed() {
    return !failures.isEmpty();
  }

  /** Returns who was left out or failed, and why. */
  Map<Contender, String> absent() {
    var absent = new EnumMap<Contender, String>(Contender.class);
    absent.putAll(skipped);
    failures.forEach((contender, why) -> absent.put(contender, "failed: " + why));
    return absent;
  }

  /** Returns whether there is a figure for the contender in any of the scenarios. */
  boolean has(Contender contender, Scenario... scenarios) {
    return Arrays.stream(scenarios)
        .anyMatch(s -> rounds.stream().anyMatch(round -> in(round, contender, s).isPresent()));
  }

  /** Returns a figure over all rounds. */
  Series series(
      Contender contender, Scenario scenario, ToDoubleFunction<? super Measurement> figure) {
    var values = new ArrayList<Double>();
    for (var round : rounds) {
      in(round, contender, scenario).ifPresent(m -> values.add(figure.applyAsDouble(m)));
    }
    return Series.of(values);
  }

  /** Returns a figure as a multiple of another contender's in the same round, over all rounds. */
  Series ratio(
      Contender contender,
      Contender base,
      Scenario scenario,
      ToDoubleFunction<? super Measurement> figure) {
    var values = new ArrayList<Double>();
    for (var round : rounds) {
      Optional<Measurement> own = in(round, contender, scenario);
      Optional<Measurement> other = in(round, base, scenario);
      if (own.isPresent() && other.isPresent()) {
        values.add(figure.applyAsDouble(own.get()) / figure.applyAsDouble(other.get()));
      }
    }
    return Series.of(values);
  }

  /** Returns the latencies of all frames of all rounds. */
  LatencyHistogram latency(Contender contender, Scenario scenario) {
    return latency(contender, contender, scenario);
  }

  /** Returns the latencies of all frames of the rounds in which another took part as well. */
  LatencyHistogram latency(Contender contender, Contender other, Scenario scenario) {
    return rounds.stream()
        .filter(round -> in(round, other, scenario).isPresent())
        .flatMap(round -> in(round, contender, scenario).stream())
        .map(Measurement::latency)
        .reduce(LatencyHistogram.EMPTY, LatencyHistogram::plus);
  }

  /**
   * Returns the nanoseconds a frame that a balancer adds to the generator and the sink, over all
   * rounds: on one CPU, what is left when the generator's own row is taken away.
   */
  Series added(Contender contender, Scenario scenario) {
    var values = new ArrayList<Double>();
    for (var round : rounds) {
      addedIn(round, contender, scenario).ifPresent(values::add);
    }
    return Series.of(values);
  }

  /** Returns {@link #added} as a multiple of another contender's in the same round. */
  Series addedRatio(Contender contender, Contender base, Scenario scenario) {
    var values = new ArrayList<Double>();
    for (var round : rounds) {
      Optional<Double> own = addedIn(round, contender, scenario);
      Optional<Double> other = addedIn(round, base, scenario);
      if (own.isPresent() && other.isPresent()) {
        values.add(own.get() / other.get());
      }
    }
    return Series.of(values);
  }

  private static Optional<Double> addedIn(
      Map<Contender, Map<Scenario, Measurement>> round, Contender contender, Scenario scenario) {
    Optional<Measurement> bare = in(round, Contender.GENERATOR, scenario);
    return contender == Contender.GENERATOR || bare.isEmpty()
        ? Optional.empty()
        : in(round, contender, scenario)
            .map(m -> 1e9 / m.framesPerSecond() - 1e9 / bare.get().framesPerSecond());
  }

  private static Optional<Measurement> in(
      Map<Contender, Map<Scenario, Measurement>> round, Contender contender, Scenario scenario) {
    return Optional.ofNullable(round.getOrDefault(contender, Map.of()).get(scenario));
  }
}
