package io.dsr.rules;

import io.dsr.core.FlowTimeouts;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Reads and writes {@code --timeout NAME=TIME,...}, and the line {@code --set}. */
final class TimeoutRule {

  private static final List<String> NAMES =
      List.of(
          "syn-received",
          "established",
          "fin-wait",
          "time-wait",
          "close",
          "udp",
          "sctp-established",
          "sctp-closing",
          "other");
  private static final Duration MINIMUM = Duration.ofSeconds(1);

  private TimeoutRule() {}

  /** Returns what {@code --timeout} says, checked. */
  static Map<String, String> parse(String text) throws RuleError {
    Map<String, String> given = KeyValues.parse("--timeout", text, NAMES);
    apply(given, FlowTimeouts.DEFAULT);
    return given;
  }

  /** Returns {@code base} with the times that are given. */
  static FlowTimeouts apply(Map<String, String> given, FlowTimeouts base) throws RuleError {
    List<Duration> times = list(base);
    for (Map.Entry<String, String> pair : given.entrySet()) {
      String what = "--timeout " + pair.getKey();
      times.set(
          NAMES.indexOf(pair.getKey()),
          Durations.parse(pair.getValue(), MINIMUM, Durations.LONGEST, what));
    }
    return new FlowTimeouts(
        times.get(0),
        times.get(1),
        times.get(2),
        times.get(3),
        times.get(4),
        times.get(5),
        times.get(6),
        times.get(7),
        times.get(8));
  }

  /** Reads the rest of a line {@code --set TCP TCP-FIN UDP}, where 0 keeps what is. */
  static FlowTimeouts set(Tokens words) throws RuleError {
    FlowTimeouts kept = FlowTimeouts.DEFAULT;
    Duration tcp = seconds(words, kept.established());
    Duration fin = seconds(words, kept.finWait());
    Duration udp = seconds(words, kept.udp());
    if (!words.isEmpty()) {
      throw new RuleError(
          "\"" + words.take() + "\" after --set", "three timeouts: TCP, TCP-FIN, UDP");
    }
    return kept.ipvsTimeouts(tcp, fin, udp);
  }

  /** Returns what differs from the defaults, as {@code --timeout} takes it, or nothing. */
  static String write(FlowTimeouts timeouts) {
    List<Duration> times = list(timeouts);
    List<Duration> defaults = list(FlowTimeouts.DEFAULT);
    List<String> pairs = new ArrayList<>();
    for (int i = 0; i < times.size(); i++) {
      if (!times.get(i).equals(defaults.get(i))) {
        pairs.add(NAMES.get(i) + "=" + Durations.write(times.get(i)));
      }
    }
    return String.join(",", pairs);
  }

  private static Duration seconds(Tokens words, Duration kept) throws RuleError {
    String text =
        words.argument("--set", "seconds for TCP, TCP after a FIN, and UDP; 0 keeps the default");
    Duration time = Durations.parse(text, Duration.ZERO, Durations.LONGEST, "--set");
    return time.isZero() ? kept : time;
  }

  private static List<Duration> list(FlowTimeouts times) {
    return new ArrayList<>(
        List.of(
            times.synReceived(),
            times.established(),
            times.finWait(),
            times.timeWait(),
            times.close(),
            times.udp(),
            times.sctpEstablished(),
            times.sctpClosing(),
            times.other()));
  }
}
