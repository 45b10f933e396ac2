package io.dsr.examples.rules;

import io.dsr.core.Admission;
import io.dsr.core.SourceLimits;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Reads and writes {@code --limit} of a service, and the line {@code --defence}. */
final class LimitRule {

  private static final List<String> LIMITS =
      List.of("new", "resets", "connections", "ban", "prefix");
  private static final List<String> DEFENCES =
      List.of("flows-per-source", "prefix", "new-flows", "pressure", "bogus-flags");

  private LimitRule() {}

  static SourceLimits limits(String text) throws Fault {
    SourceLimits limits = SourceLimits.perAddress();
    for (Map.Entry<String, String> pair : Pairs.parse("--limit", text, LIMITS).entrySet()) {
      limits = limit(limits, pair.getKey(), pair.getValue());
    }
    return limits;
  }

  private static SourceLimits limit(SourceLimits limits, String name, String value) throws Fault {
    String what = "--limit " + name;
    return switch (name) {
      case "new" -> newFlows(limits, value);
      case "resets" -> limits.resetsPerSecond(Pairs.count(value, what));
      case "connections" -> limits.connections(Pairs.count(value, what));
      case "ban" -> limits.ban(Span.parse(value, Duration.ZERO, Duration.ofHours(1), what));
      default -> {
        int[] prefixes = Pairs.prefixes(value, what);
        yield limits.prefixes(prefixes[0], prefixes[1]);
      }
    };
  }

  private static SourceLimits newFlows(SourceLimits limits, String value) throws Fault {
    int slash = value.indexOf('/');
    String what = "--limit new, flows a second";
    int rate = Pairs.count(slash < 0 ? value : value.substring(0, slash), what);
    int burst = slash < 0 ? rate : Pairs.count(value.substring(slash + 1), "--limit new, burst");
    return limits.newPerSecond(rate, burst);
  }

  static String write(SourceLimits limits) {
    var text = new StringBuilder();
    if (limits.newPerSecond() > 0 || limits.newBurst() > 0) {
      text.append("new=" + limits.newPerSecond() + "/" + limits.newBurst() + ",");
    }
    if (limits.resetsPerSecond() > 0) {
      text.append("resets=" + limits.resetsPerSecond() + ",");
    }
    if (limits.connections() > 0) {
      text.append("connections=" + limits.connections() + ",");
    }
    if (!limits.ban().isZero()) {
      text.append("ban=" + Span.write(limits.ban()) + ",");
    }
    return text + "prefix=" + limits.ipv4Prefix() + "/" + limits.ipv6Prefix();
  }

  /** Reads the rest of a line {@code --defence NAME=VALUE,...}. */
  static Admission admission(Words words) throws Fault {
    String text = words.argument("--defence", "NAME=VALUE with " + String.join(", ", DEFENCES));
    if (!words.isEmpty()) {
      throw new Fault("\"" + words.take() + "\" behind --defence", "commas, without spaces");
    }
    Admission admission = Admission.DEFAULT;
    for (Map.Entry<String, String> pair : Pairs.parse("--defence", text, DEFENCES).entrySet()) {
      admission = admission(admission, pair.getKey(), pair.getValue());
    }
    return admission;
  }

  private static Admission admission(Admission admission, String name, String value) throws Fault {
    String what = "--defence " + name;
    return switch (name) {
      case "flows-per-source" -> admission.flowsPerSource(Pairs.count(value, what));
      case "new-flows" -> admission.newFlowsPerSecond(Pairs.count(value, what));
      case "pressure" -> admission.pressurePercent(Endpoint.number(value, 50, 100, what));
      case "prefix" -> {
        int[] prefixes = Pairs.prefixes(value, what);
        yield admission.prefixes(prefixes[0], prefixes[1]);
      }
      default ->
          switch (value) {
            case "drop" -> admission.dropBogusFlags(true);
            case "pass" -> admission.dropBogusFlags(false);
            default -> throw new Fault(what + " \"" + value + "\"", "drop or pass");
          };
    };
  }

  static String write(Admission admission) {
    return "--defence flows-per-source="
        + admission.flowsPerSource()
        + ",prefix="
        + admission.ipv4Prefix()
        + "/"
        + admission.ipv6Prefix()
        + ",new-flows="
        + admission.newFlowsPerSecond()
        + ",pressure="
        + admission.pressurePercent()
        + ",bogus-flags="
        + (admission.dropBogusFlags() ? "drop" : "pass");
  }
}
