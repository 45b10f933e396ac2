package io.dsr.server.command;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Whether a start goes on: it may take as long as it needs on a busy host, but one that uses no CPU
 * at all for a while waits for something that does not come. One thread.
 */
final class StartWatch {

  /** How long a start that uses no CPU is waited for. */
  static final Duration PATIENCE = Duration.ofSeconds(60);

  /** How much CPU time counts as progress. */
  private static final long PROGRESS_NANOS = Duration.ofMillis(100).toNanos();

  private static final long TELL_NANOS = Duration.ofSeconds(15).toNanos();

  private final LongSupplier clock;
  private final LongSupplier cpu;
  private final long began;
  private long progressed;
  private long used;
  private long told;

  /**
   * Begins to watch.
   *
   * @param clock the time in nanoseconds
   * @param cpu the CPU time that the process has used, in nanoseconds
   */
  StartWatch(LongSupplier clock, LongSupplier cpu) {
    this.clock = clock;
    this.cpu = cpu;
    this.began = clock.getAsLong();
    this.progressed = began;
    this.told = began;
    this.used = cpu.getAsLong();
  }

  /** Begins to watch this process. */
  static StartWatch ofProcess() {
    return new StartWatch(
        System::nanoTime,
        () ->
            ProcessHandle.current()
                .info()
                .totalCpuDuration()
                .map(Duration::toNanos)
                .orElseGet(System::nanoTime));
  }

  /** Looks again; returns whether there is still progress. */
  boolean goesOn() {
    long now = clock.getAsLong();
    long usedNow = cpu.getAsLong();
    if (usedNow - used >= PROGRESS_NANOS) {
      used = usedNow;
      progressed = now;
    }
    return now - progressed < PATIENCE.toNanos();
  }

  /** Returns whether it is time to tell that the start still goes on: every 15 seconds. */
  boolean isToBeTold() {
    if (clock.getAsLong() - told < TELL_NANOS) {
      return false;
    }
    told = clock.getAsLong();
    return true;
  }

  /** Returns for how long the start has gone on. */
  Duration taken() {
    return Duration.ofNanos(clock.getAsLong() - began);
  }
}
