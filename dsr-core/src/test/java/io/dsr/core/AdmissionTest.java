package io.dsr.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class AdmissionTest {

  @Test
  void hasABrakeAndPressureUnlessTold() {
    assertThat(Admission.DEFAULT).isEqualTo(new Admission(0, 32, 64, 125_000, 90, true));
    assertThat(Admission.DEFAULT)
        .hasToString(
            "Admission[no quota, 125000 new flows/s per loop, eviction from 90 %, drops bogus flags]");
  }

  @Test
  void takesEachPartByItsName() {
    Admission admission =
        Admission.DEFAULT
            .flowsPerSource(1000)
            .prefixes(24, 48)
            .newFlowsPerSecond(0)
            .pressurePercent(100)
            .dropBogusFlags(false);

    assertThat(admission).isEqualTo(new Admission(1000, 24, 48, 0, 100, false));
    assertThat(admission)
        .hasToString(
            "Admission[1000 flows per /24 or IPv6 /48, no rate limit, no eviction, passes bogus flags]");
  }

  @Test
  void takesTheEndsOfItsRanges() {
    assertThat(new Admission(1 << 28, 1, 1, 100_000_000, 50, true).pressurePercent()).isEqualTo(50);
    assertThat(new Admission(0, 32, 128, 0, 100, true).ipv6Prefix()).isEqualTo(128);
  }

  @ParameterizedTest
  @CsvSource({
    "-1, 32, 64, 0, 90, flowsPerSource: -1 (expected: 0 to 268435456)",
    "268435457, 32, 64, 0, 90, flowsPerSource: 268435457 (expected: 0 to 268435456)",
    "0, 0, 64, 0, 90, ipv4Prefix: 0 (expected: 1 to 32)",
    "0, 33, 64, 0, 90, ipv4Prefix: 33 (expected: 1 to 32)",
    "0, 32, 0, 0, 90, ipv6Prefix: 0 (expected: 1 to 128)",
    "0, 32, 129, 0, 90, ipv6Prefix: 129 (expected: 1 to 128)",
    "0, 32, 64, -1, 90, newFlowsPerSecond: -1 (expected: 0 to 100000000)",
    "0, 32, 64, 100000001, 90, newFlowsPerSecond: 100000001 (expected: 0 to 100000000)",
    "0, 32, 64, 0, 49, pressurePercent: 49 (expected: 50 to 100)",
    "0, 32, 64, 0, 101, pressurePercent: 101 (expected: 50 to 100)"
  })
  void refusesNumbersOutOfRange(
      int quota, int ipv4, int ipv6, int rate, int percent, String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Admission(quota, ipv4, ipv6, rate, percent, true))
        .withMessage(message);
  }
}
