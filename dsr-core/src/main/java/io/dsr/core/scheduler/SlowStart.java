package io.dsr.core.scheduler;

import java.time.Duration;
import java.time.format.DateTimeParseException;

/**
 * How a server that has just become able to take flows gets more and more of them, as Envoy's slow
 * start does: its weight counts by the factor {@code max(minimum, (max(age, 1 s) / window) ^ (1 /
 * aggression))} until it is as old as the window.
 *
 * @param window how long a server warms up, a second (which is none, by that factor) to an hour
 * @param aggression 1 for a straight line; more gives more flows early, less gives them late; 0.01
 *     to 100
 * @param minimumPercent the least part of its weight that counts, 1 to 100
 */
public record SlowStart(Duration window, double aggression, int minimumPercent) {

  static final String OPTION = "slowStart";

  private static final int PARTS = 3;
  private static final Duration SHORTEST = Duration.ofSeconds(1);
  private static final Duration LONGEST = Duration.ofHours(1);
  private static final double LEAST_AGGRESSION = 0.01;
  private static final double MOST_AGGRESSION = 100;
  private static final int PERCENT = 100;

  /** A straight line for a minute, from a tenth on. */
  public static final SlowStart DEFAULT = new SlowStart(Duration.ofMinutes(1), 1, 10);

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if one is out of range
   */
  public SlowStart {
    if (window.compareTo(SHORTEST) < 0 || window.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          "window: " + window + " (expected: " + SHORTEST + " to " + LONGEST + ")");
    }
    if (!(aggression >= LEAST_AGGRESSION && aggression <= MOST_AGGRESSION)) {
      throw new IllegalArgumentException(
          "aggression: %s (expected: %s to %s)"
              .formatted(aggression, LEAST_AGGRESSION, MOST_AGGRESSION));
    }
    if (minimumPercent < 1 || minimumPercent > PERCENT) {
      throw new IllegalArgumentException(
          "minimumPercent: " + minimumPercent + " (expected: 1 to " + PERCENT + ")");
    }
  }

  /**
   * Returns the same options with another window.
   *
   * @throws IllegalArgumentException if it is out of range
   */
  public SlowStart window(Duration newWindow) {
    return new SlowStart(newWindow, aggression, minimumPercent);
  }

  /**
   * Returns the same options with another aggression.
   *
   * @throws IllegalArgumentException if it is out of range
   */
  public SlowStart aggression(double newAggression) {
    return new SlowStart(window, newAggression, minimumPercent);
  }

  /**
   * Returns the same options with another least part.
   *
   * @throws IllegalArgumentException if it is out of range
   */
  public SlowStart minimumPercent(int newMinimumPercent) {
    return new SlowStart(window, aggression, newMinimumPercent);
  }

  /**
   * Reads the value of the option {@code slowStart} of a {@link io.dsr.core.SchedulerSpec}: {@code
   * WINDOW,AGGRESSION,PERCENT%}, the window in ISO-8601 form, as in {@code PT1M,1.0,10%}.
   *
   * @throws IllegalArgumentException if the text is not of that form, or a value is out of range
   */
  public static SlowStart parse(String text) {
    String[] parts = text.split(",", -1);
    if (parts.length != PARTS || !parts[PARTS - 1].endsWith("%")) {
      throw notOfTheForm(text);
    }
    String percent = parts[2].substring(0, parts[2].length() - 1);
    try {
      return new SlowStart(
          Duration.parse(parts[0]), Double.parseDouble(parts[1]), Integer.parseInt(percent));
    } catch (DateTimeParseException | NumberFormatException e) {
      throw notOfTheForm(text);
    }
  }

  private static IllegalArgumentException notOfTheForm(String text) {
    return new IllegalArgumentException(
        OPTION + ": " + text + " (expected: WINDOW,AGGRESSION,PERCENT%, such as PT1M,1.0,10%)");
  }

  /** Returns what {@link #parse} reads. */
  String text() {
    return window + "," + aggression + "," + minimumPercent + "%";
  }

  /** Returns what part of its weight counts for a server of this age, above 0 and at most 1. */
  double factor(long ageNanos) {
    double age = Math.max(ageNanos, SHORTEST.toNanos());
    double time = Math.min(1, age / window.toNanos());
    return Math.max((double) minimumPercent / PERCENT, Math.pow(time, 1 / aggression));
  }
}
