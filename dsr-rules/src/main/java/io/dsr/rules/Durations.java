package io.dsr.rules;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A time as rules write it: seconds, or a number with ns, us, ms, s, m, h or d behind it. */
final class Durations {

  /** The longest time of persistence and of flows. */
  static final Duration LONGEST = Duration.ofDays(31);

  private static final Pattern TEXT = Pattern.compile("([0-9]{1,16})(ns|us|ms|s|m|h|d|)");

  private Durations() {}

  static Duration parse(String text, Duration minimum, Duration maximum, String what)
      throws RuleError {
    Matcher matcher = TEXT.matcher(text);
    if (matcher.matches()) {
      try {
        Duration time = Duration.of(Long.parseLong(matcher.group(1)), unit(matcher.group(2)));
        if (time.compareTo(minimum) >= 0 && time.compareTo(maximum) <= 0) {
          return time;
        }
      } catch (ArithmeticException beyondDuration) {
        // Out of range like any other.
      }
    }
    throw new RuleError(
        what + " \"" + text + "\"",
        write(minimum)
            + " to "
            + write(maximum)
            + " seconds, or a number with the unit ms, s, m, h or d");
  }

  /**
   * Returns {@code time} in seconds if it is whole, else in the largest unit that it is whole in.
   */
  static String write(Duration time) {
    if (time.equals(time.truncatedTo(ChronoUnit.SECONDS))) {
      return Long.toString(time.toSeconds());
    }
    for (ChronoUnit unit : List.of(ChronoUnit.MILLIS, ChronoUnit.MICROS)) {
      Duration one = unit.getDuration();
      if (time.toNanos() % one.toNanos() == 0) {
        return time.dividedBy(one) + (unit == ChronoUnit.MILLIS ? "ms" : "us");
      }
    }
    return time.toNanos() + "ns";
  }

  private static ChronoUnit unit(String suffix) {
    return switch (suffix) {
      case "ns" -> ChronoUnit.NANOS;
      case "us" -> ChronoUnit.MICROS;
      case "ms" -> ChronoUnit.MILLIS;
      case "m" -> ChronoUnit.MINUTES;
      case "h" -> ChronoUnit.HOURS;
      case "d" -> ChronoUnit.DAYS;
      default -> ChronoUnit.SECONDS;
    };
  }
}
