package io.dsr.bench;

/** What a benchmark takes for granted, checked. */
final class Check {

  private Check() {}

  /** Throws unless both are equal. */
  static void equal(String what, long expected, long actual) {
    if (expected != actual) {
      throw new IllegalStateException(what + ": " + actual + " (expected: " + expected + ")");
    }
  }

  /** Throws unless both differ by an eighth at most. */
  static void near(String what, long expected, long actual) {
    if (Math.abs(expected - actual) > expected / 8) {
      throw new IllegalStateException(what + ": " + actual + " (expected: near " + expected + ")");
    }
  }
}
