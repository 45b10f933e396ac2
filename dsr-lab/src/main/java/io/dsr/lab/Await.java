package io.dsr.lab;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/** Waits for what another process, the kernel or a program under test has yet to do. */
public final class Await {

  private static final long MILLISECONDS = 20;

  private Await() {}

  /**
   * Looks again and again until a condition holds.
   *
   * @throws AssertionError if it does not within that time
   */
  public static void until(String what, Duration within, Callable<Boolean> condition)
      throws Exception {
    long deadline = System.nanoTime() + within.toNanos();
    while (!condition.call()) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError(what + ": timed out after " + within.toSeconds() + " s");
      }
      TimeUnit.MILLISECONDS.sleep(MILLISECONDS);
    }
  }
}
