package io.dsr.netty.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.BalancerEvent;
import io.dsr.core.BalancerEvent.HandlersSlow;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class HandlerReportsTest {

  private static final List<String> MINE = List.of("mine");

  private final List<BalancerEvent> told = new ArrayList<>();
  private final HandlerReports.Told link = new HandlerReports.Told();
  private long now;
  private final HandlerReports reports = new HandlerReports(() -> now, told::add);

  @Test
  void tellsOfThreeSlowFramesOfAMinute() {
    slow(1, 0);
    slow(1, 20);
    slow(1, 30);

    assertThat(told).containsExactly(new HandlersSlow("eth0", MINE, 3, Duration.ofMillis(7)));
  }

  @Test
  void forgetsSlowFramesOfLongAgo() {
    for (int hour = 1; hour <= 10; hour++) {
      slow(1, 3_600L * hour);
    }

    assertThat(told).isEmpty();
  }

  @Test
  void tellsAfterAMinuteOfAllFramesMeanwhile() {
    for (int second = 0; second <= 60; second++) {
      slow(5, second);
    }

    assertThat(told)
        .containsExactly(
            new HandlersSlow("eth0", MINE, 5, Duration.ofMillis(7)),
            new HandlersSlow("eth0", MINE, 300, Duration.ofMillis(7)));
  }

  private void slow(long frames, long second) {
    now = Duration.ofSeconds(second).toNanos();
    reports.slow("eth0", MINE, frames, Duration.ofMillis(7).toNanos(), link);
  }
}
