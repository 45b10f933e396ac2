package io.dsr.bench.packet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ProcessorTimeTest {

  private static final List<String> STAT =
      List.of(
          "cpu  1 1 1 1 1 1 1 1 1 1",
          "cpu0 100 0 0 9000 0 0 0 0 0 0",
          "cpu1 10 20 30 9000 500 40 50 60 7 8",
          "intr 1");

  @Test
  void countsEverythingButIdleAndWaiting() throws IOException {
    assertThat(ProcessorTime.busy(STAT, 1)).isEqualTo(2_100_000_000L);
    assertThat(ProcessorTime.busy(STAT, 0)).isEqualTo(1_000_000_000L);
  }

  @Test
  void missesACpuThatIsNotThere() {
    assertThatIOException()
        .isThrownBy(() -> ProcessorTime.busy(STAT, 2))
        .withMessageContaining("cpu2");
  }
}
