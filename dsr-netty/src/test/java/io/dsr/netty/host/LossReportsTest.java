package io.dsr.netty.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.BalancerEvent.FramesLost;
import io.dsr.core.BalancerStatistics.InterfaceStatistics;
import io.dsr.core.Loss;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class LossReportsTest {

  private final LossReports reports = new LossReports(counts(5, 0));

  @Test
  void tellsAReasonAtOnceAndThenOnceInSomeSecondsWithAllFramesOfThem() {
    List<FramesLost> told = new ArrayList<>();
    for (int second = 1; second <= 35; second++) {
      told.addAll(reports.count(counts(5 + 100L * second, 0)));
    }

    assertThat(told)
        .containsExactly(
            lost(Loss.RING_FULL, 100),
            lost(Loss.RING_FULL, 1_000),
            lost(Loss.RING_FULL, 1_000),
            lost(Loss.RING_FULL, 1_000));
    for (int second = 0; second < LossReports.QUIET_LOOKS; second++) {
      told.addAll(reports.count(counts(5 + 100 * 35, 0)));
    }
    assertThat(told.stream().mapToLong(FramesLost::frames).sum()).isEqualTo(100 * 35);
  }

  @Test
  void tellsEachReasonByItself() {
    assertThat(reports.count(counts(6, 0))).containsExactly(lost(Loss.RING_FULL, 1));
    assertThat(reports.count(counts(7, 3))).containsExactly(lost(Loss.UNREAD, 3));
  }

  private static FramesLost lost(Loss reason, long frames) {
    return new FramesLost("eth0", reason, frames);
  }

  private static List<InterfaceStatistics> counts(long ringFull, long unread) {
    return List.of(
        new InterfaceStatistics(
            "eth0",
            true,
            List.of(0L),
            0,
            0,
            0,
            0,
            Map.of(Loss.RING_FULL, ringFull, Loss.UNREAD, unread)));
  }
}
