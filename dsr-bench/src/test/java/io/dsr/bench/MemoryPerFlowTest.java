package io.dsr.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.flow.FlowTracker;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class MemoryPerFlowTest {

  private static final int FLOWS = 1 << 20;

  @ParameterizedTest
  @CsvSource({"false, 64", "true, 96"})
  void aFlowTakesNoMoreThanThis(boolean ipv6, int most) {
    double bytes = (double) FlowTracker.bytes(ipv6, FLOWS) / FLOWS;

    System.out.printf(
        "a flow of IPv%d takes %.1f bytes, of %,d flows (at most %d)%n",
        ipv6 ? 6 : 4, bytes, FLOWS, most);
    assertThat(bytes).isPositive().isLessThanOrEqualTo(most);
    assertThat(BenchDirector.table(ipv6, FLOWS).bytes()).isEqualTo(FlowTracker.bytes(ipv6, FLOWS));
  }
}
