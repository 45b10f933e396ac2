package io.dsr.bench.packet;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/** The results as one JSON document (RFC 8259). */
final class JsonReport {

  private static final Map<String, ToDoubleFunction<Measurement>> FIGURES = figures();

  private JsonReport() {}

  /** Returns the document, as one line. */
  static String document(
      Results results, Options options, Map<String, String> machine, Calibration calibration) {
    var document = new LinkedHashMap<String, Object>();
    document.put("machine", machine);
    document.put("calibration", calibration.figures());
    document.put("options", given(options));
    var skipped = new LinkedHashMap<String, Object>();
    results.absent().forEach((contender, why) -> skipped.put(contender.toString(), why));
    document.put("skipped", skipped);
    document.put("contenders", contenders(results));
    return text(document);
  }

  private static Map<String, Object> given(Options options) {
    var given = new LinkedHashMap<String, Object>();
    given.put("seconds", options.seconds);
    given.put("runs", options.runs);
    given.put("rounds", options.rounds);
    given.put("servers", options.servers);
    given.put("flows", options.flows);
    given.put("window", options.window);
    given.put("ipv6", options.ipv6);
    given.put("scheduler", options.scheduler);
    given.put("ring", options.ring);
    given.put("loops", options.loops);
    given.put("slice", options.slice);
    return given;
  }

  private static Map<String, ToDoubleFunction<Measurement>> figures() {
    var figures = new LinkedHashMap<String, ToDoubleFunction<Measurement>>();
    figures.put("framesPerSecond", Measurement::framesPerSecond);
    figures.put("loss", Measurement::loss);
    figures.put("cpuNanosPerFrame", Measurement::cpuNanos);
    figures.put("cpuBusyNanosPerFrame", Measurement::busyNanos);
    figures.put("cpuPercent", Measurement::cpuPercent);
    figures.put("spread", Measurement::spread);
    figures.put("latencyP50Micros", Measurement::p50);
    figures.put("latencyP99Micros", Measurement::p99);
    figures.put("reordered", m -> (double) m.reordered());
    figures.put("delivered", m -> (double) m.delivered());
    return figures;
  }

  private static Map<String, Object> contenders(Results results) {
    var contenders = new LinkedHashMap<String, Object>();
    for (Contender contender : Contender.values()) {
      var scenarios = new LinkedHashMap<String, Object>();
      for (Scenario scenario : Scenario.values()) {
        if (results.has(contender, scenario)) {
          scenarios.put(scenario.name(), scenario(results, contender, scenario));
        }
      }
      if (!scenarios.isEmpty()) {
        contenders.put(contender.toString(), scenarios);
      }
    }
    return contenders;
  }

  private static Map<String, Object> scenario(
      Results results, Contender contender, Scenario scenario) {
    var figures = new LinkedHashMap<String, Object>();
    FIGURES.forEach((name, figure) -> {
      var values = series(results.series(contender, scenario, figure));
      for (Contender base : List.of(Contender.NFTLB, Contender.C_AFPACKET)) {
        Series ratio = results.ratio(contender, base, scenario, figure);
        values.put("to " + base, ratio.median());
      }
      figures.put(name, values);
    });
    figures.put("latencyOfAllRounds", latency(results.latency(contender, scenario)));
    if (!scenario.twoCpus()) {
      figures.put("addedNanosPerFrame", series(results.added(contender, scenario)));
    }
    return figures;
  }

  private static Map<String, Object> latency(LatencyHistogram latency) {
    var values = new LinkedHashMap<String, Object>();
    values.put("frames", latency.frames());
    values.put("p50Micros", latency.micros(0.50));
    values.put("p99Micros", latency.micros(0.99));
    return values;
  }

  private static Map<String, Object> series(Series series) {
    var values = new LinkedHashMap<String, Object>();
    values.put("median", series.median());
    values.put("minimum", series.minimum());
    values.put("maximum", series.maximum());
    return values;
  }

  /** Returns a value as JSON; a number that is not finite is null. */
  static String text(Object value) {
    return switch (value) {
      case Map<?, ?> map ->
          map.entrySet().stream()
              .map(entry -> quoted(entry.getKey().toString()) + ": " + text(entry.getValue()))
              .collect(Collectors.joining(", ", "{", "}"));
      case Double number -> Double.isFinite(number) ? number.toString() : "null";
      case Number number -> number.toString();
      case Boolean truth -> truth.toString();
      default -> quoted(value.toString());
    };
  }

  private static String quoted(String text) {
    var quoted = new StringBuilder("\"");
    for (char c : text.toCharArray()) {
      if (c == '"' || c == '\\') {
        quoted.append('\\').append(c);
      } else if (c < ' ') {
        quoted.append(String.format("\\u%04x", (int) c));
      } else {
        quoted.append(c);
      }
    }
    return quoted.append('"').toString();
  }
}
