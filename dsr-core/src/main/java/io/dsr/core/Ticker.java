package io.dsr.core;

/**
 * The source of elapsed time.
 *
 * <p>Read from any thread; values only have meaning as differences, as those of {@link
 * System#nanoTime}.
 */
@FunctionalInterface
public interface Ticker {

  /** Returns the current reading, in nanoseconds from an arbitrary origin. */
  long nanos();

  /** Returns the ticker of this machine, {@link System#nanoTime}. */
  static Ticker system() {
    return System::nanoTime;
  }
}
