package io.dsr.netty.host;

import io.dsr.core.BalancerEvent;
import io.dsr.core.Ticker;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/**
 * Decides when to tell of an interface's slow handlers, or of frames that they hold: each at most
 * once a minute, and of a few slow frames in a minute not at all. Confined to one thread.
 */
final class HandlerReports {

  /** A loop that lost its CPU for a moment is no slow handler yet. */
  static final long FEWEST = 3;

  static final long MINUTE_NANOS = Duration.ofMinutes(1).toNanos();

  private final Ticker ticker;
  private final Consumer<? super BalancerEvent> listener;

  HandlerReports(Ticker ticker, Consumer<? super BalancerEvent> listener) {
    this.ticker = ticker;
    this.listener = listener;
  }

  /** What was told of one interface, and what is still to be. */
  static final class Told {
    private final Pause slow = new Pause();
    private final Pause held = new Pause();
    private long untold;
    private long longestNanos;
    private long sinceNanos;
  }

  /** When something was told last. */
  private static final class Pause {
    private boolean told;
    private long nanos;

    /** Returns whether it may be told again, and takes note that it is. */
    boolean isOver(long now) {
      if (told && now - nanos < MINUTE_NANOS) {
        return false;
      }
      told = true;
      nanos = now;
      return true;
    }
  }

  /**
   * Takes note of slow frames.
   *
   * @param more how many there were since the last time
   * @param longestNanos how long the slowest of them took
   */
  void slow(String name, List<String> handlers, long more, long longestNanos, Told told) {
    long now = ticker.nanos();
    if (told.untold < FEWEST && now - told.sinceNanos >= MINUTE_NANOS) {
      told.untold = 0;
      told.longestNanos = 0;
    }
    if (more > 0) {
      if (told.untold == 0) {
        told.sinceNanos = now;
      }
      told.untold += more;
      told.longestNanos = Math.max(told.longestNanos, longestNanos);
    }
    if (told.untold >= FEWEST && told.slow.isOver(now)) {
      listener.accept(
          new BalancerEvent.HandlersSlow(
              name, handlers, told.untold, Duration.ofNanos(told.longestNanos)));
      told.untold = 0;
      told.longestNanos = 0;
    }
  }

  /** Takes note that an interface receives nothing while handlers hold that many frames. */
  void held(String name, List<String> handlers, int held, Told told) {
    if (held > 0 && told.held.isOver(ticker.nanos())) {
      listener.accept(new BalancerEvent.FramesHeld(name, handlers, held));
    }
  }
}
