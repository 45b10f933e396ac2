package io.dsr.server.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class StartWatchTest {

  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  private long now;
  private long cpu;
  private final StartWatch watch = new StartWatch(() -> now, () -> cpu);

  @Test
  void goesOnAsLongAsTheProcessGetsAnyCpu() {
    int told = 0;
    for (int second = 1; second <= 600; second++) {
      now += SECOND;
      cpu += SECOND / 50; // two percent of a CPU, on a host that is that busy
      assertThat(watch.goesOn()).isTrue();
      told += watch.isToBeTold() ? 1 : 0;
    }

    assertThat(told).isEqualTo(40);
    assertThat(watch.taken()).isEqualTo(Duration.ofMinutes(10));
  }

  @Test
  void givesUpAStartThatWaitsForWhatDoesNotCome() {
    now += 59 * SECOND;
    assertThat(watch.goesOn()).isTrue();
    now += SECOND;
    assertThat(watch.goesOn()).isFalse();
  }
}
