package io.dsr.server.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class WatchdogTest {

  private static final Duration WITHIN = Duration.ofSeconds(30);

  private Duration delay = Duration.ZERO;
  private boolean closed;
  private int told;
  private final Watchdog watchdog = new Watchdog(this::delay, () -> told++, WITHIN);

  private Duration delay() {
    if (closed) {
      throw new IllegalStateException("closed");
    }
    return delay;
  }

  @Test
  void tellsAsLongAsNoLoopIsLateByAThirdOfTheTime() {
    watchdog.look();
    delay = Duration.ofMillis(9_999);
    watchdog.look();
    assertThat(told).isEqualTo(2);

    delay = Duration.ofSeconds(10);
    watchdog.look();
    delay = Duration.ofMinutes(1);
    watchdog.look();
    assertThat(told).isEqualTo(2);

    delay = Duration.ofMillis(3); // it was stopped, and goes on
    watchdog.look();
    assertThat(told).isEqualTo(3);
  }

  @Test
  void tellsNothingOfABalancerThatDoesNotRun() {
    closed = true;

    watchdog.look();

    assertThat(told).isZero();
  }
}
