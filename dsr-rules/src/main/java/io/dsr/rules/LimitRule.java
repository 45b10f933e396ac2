package io.dsr.rules;

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

  static SourceLimits limits(String text) throws RuleError {
    SourceLimits limits = SourceLimits.perAddress();
    for (Map.Entry<String, String> pair : KeyValues.parse("--limit", text, LIMITS).entrySet()) {
      limits = limit(limits, pair.getKey(), pair.getValue());
    }
    return limits;
  }

  private static SourceLimits limit(SourceLimits limits, String name, String value)
      throws RuleError {
    String what = "--limit " + name;
    return switch (name) {
      case "new" -> newFlows(limits, value);
      case "resets" -> limits.resetsPerSecond(KeyValues.count(value, what));
      case "connections" -> limits.connections(KeyValues.count(value, what));
      case "ban" -> limits.ban(Durations.parse(value, Duration.ZERO, Duration.ofHours(1), what));
      default -> {
        int[] prefixes = KeyValues.prefixes(value, what);
        yield limits.prefixes(prefixes[0], prefixes[1]);
      }
    };
  }

  private static SourceLimits newFlows(SourceLimits limits, String value) throws RuleError {
    int slash = value.indexOf('/');
    String what = "--limit new, flows per second";
    int rate = KeyValues.count(slash < 0 ? value : value.substring(0, slash), what);
    int burst =
        slash < 0 ? rate : KeyValues.count(value.substring(slash + 1), "--limit new, burst");
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
      text.append("ban=" + Durations.write(limits.ban()) + ",");
    }
    return text + "prefix=" + limits.ipv4Prefix() + "/" + limits.ipv6Prefix();
  }

  /** Reads the rest of a line {@code --defence NAME=VALUE,...}. */
  static Admission admission(Tokens words) throws RuleError {
    String text = words.argument("--defence", "NAME=VALUE with " + String.join(", ", DEFENCES));
    if (!words.isEmpty()) {
      throw new RuleError("\"" + words.take() + "\" after --defence", "commas without spaces");
    }
    Admission admission = Admission.DEFAULT;
    for (Map.Entry<String, String> pair : KeyValues.parse("--defence", text, DEFENCES).entrySet()) {
      admission = admission(admission, pair.getKey(), pair.getValue());
    }
    return admission;
  }

  private static Admission admission(Admission admission, String name, String value)
      throws RuleError {
    String what = "--defence " + name;
    return switch (name) {
      case "flows-per-source" -> admission.flowsPerSource(KeyValues.count(value, what));
      case "new-flows" -> admission.newFlowsPerSecond(KeyValues.count(value, what));
      case "pressure" -> admission.pressurePercent(Endpoint.number(value, 50, 100, what));
      case "prefix" -> {
        int[] prefixes = KeyValues.prefixes(value, what);
        yield admission.prefixes(prefixes[0], prefixes[1]);
      }
      default ->
          switch (value) {
            case "drop" -> admission.dropBogusFlags(true);
            case "pass" -> admission.dropBogusFlags(false);
            default -> throw new RuleError(what + " \"" + value + "\"", "drop or pass");
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
