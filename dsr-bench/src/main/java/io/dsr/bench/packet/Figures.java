package io.dsr.bench.packet;

import java.util.Locale;

/** Figures as words; what is not a number is a dash. */
final class Figures {

  private static final String NONE = "-";

  private Figures() {}

  /** Returns a number with so many decimals. */
  static String decimal(double value, int decimals) {
    return Double.isFinite(value)
        ? String.format(Locale.ROOT, "%,." + decimals + "f", value)
        : NONE;
  }

  /** Returns frames a second in thousands. */
  static String thousands(double value) {
    return decimal(value / 1_000, 0);
  }

  /** Returns {@code minimum..maximum} in thousands. */
  static String thousandsRange(Series series) {
    return Double.isFinite(series.median())
        ? thousands(series.minimum()) + ".." + thousands(series.maximum())
        : NONE;
  }

  /** Returns {@code minimum..maximum}. */
  static String range(Series series, int decimals) {
    return Double.isFinite(series.median())
        ? decimal(series.minimum(), decimals) + ".." + decimal(series.maximum(), decimals)
        : NONE;
  }

  /** Returns a multiple. */
  static String ratio(Series series) {
    return decimal(series.median(), 2);
  }

  /** Returns a share of 1 in percent. */
  static String percent(double share) {
    return Double.isFinite(share) ? decimal(100 * share, 2) + "%" : NONE;
  }
}
