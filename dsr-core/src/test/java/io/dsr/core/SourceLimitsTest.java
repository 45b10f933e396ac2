package io.dsr.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SourceLimitsTest {

  private static final SourceLimits NONE = SourceLimits.perAddress();

  @Test
  void limitsNothingUntilTold() {
    assertThat(NONE).isEqualTo(new SourceLimits(32, 64, 0, 0, 0, 0, Duration.ZERO));
    assertThat(NONE).hasToString("SourceLimits[per /32 or IPv6 /64, no limits]");
  }

  @Test
  void takesEachLimitByItsName() {
    SourceLimits limits =
        NONE.prefixes(24, 56)
            .newPerSecond(100, 20)
            .resetsPerSecond(10)
            .connections(50)
            .ban(Duration.ofMinutes(2));

    assertThat(limits).isEqualTo(new SourceLimits(24, 56, 100, 20, 10, 50, Duration.ofMinutes(2)));
    assertThat(limits)
        .hasToString(
            "SourceLimits[per /24 or IPv6 /56, 100 new flows/s, bursts of 20, 10 resets/s,"
                + " 50 connections, ban PT2M]");
    assertThat(limits.newPerSecond(0, 0).connections(0).ban(Duration.ZERO))
        .hasToString("SourceLimits[per /24 or IPv6 /56, 10 resets/s]");
  }

  @Test
  void takesTheEndsOfItsRanges() {
    assertThat(new SourceLimits(1, 1, 1, 1, 1, 1, Duration.ofNanos(1)).newBurst()).isOne();
    Duration hour = Duration.ofHours(1);
    int million = 1_000_000;
    assertThat(new SourceLimits(32, 128, million, million, million, million, hour).ban())
        .hasHours(1);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 64, 0, 0, 0, 0, ipv4Prefix: 0 (expected: 1 to 32)",
    "33, 64, 0, 0, 0, 0, ipv4Prefix: 33 (expected: 1 to 32)",
    "32, 0, 0, 0, 0, 0, ipv6Prefix: 0 (expected: 1 to 128)",
    "32, 129, 0, 0, 0, 0, ipv6Prefix: 129 (expected: 1 to 128)",
    "32, 64, -1, 1, 0, 0, newPerSecond: -1 (expected: 0 to 1000000)",
    "32, 64, 1000001, 1, 0, 0, newPerSecond: 1000001 (expected: 0 to 1000000)",
    "32, 64, 1, 0, 0, 0, newBurst: 0 (expected: 1 to 1000000)",
    "32, 64, 1, 1000001, 0, 0, newBurst: 1000001 (expected: 1 to 1000000)",
    "32, 64, 0, 1, 0, 0, newBurst without newPerSecond: 1 (expected: 0)",
    "32, 64, 0, 0, -1, 0, resetsPerSecond: -1 (expected: 0 to 1000000)",
    "32, 64, 0, 0, 1000001, 0, resetsPerSecond: 1000001 (expected: 0 to 1000000)",
    "32, 64, 0, 0, 0, -1, connections: -1 (expected: 0 to 1000000)",
    "32, 64, 0, 0, 0, 1000001, connections: 1000001 (expected: 0 to 1000000)"
  })
  void refusesNumbersOutOfRange(
      int ipv4, int ipv6, int rate, int burst, int resets, int connections, String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> new SourceLimits(ipv4, ipv6, rate, burst, resets, connections, Duration.ZERO))
        .withMessage(message);
  }

  @ParameterizedTest
  @CsvSource({"PT-0.000000001S", "PT1H0.000000001S"})
  void refusesOtherBans(Duration ban) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> NONE.ban(ban))
        .withMessage("ban: " + ban + " (expected: 0 to 1 h)");
  }

  @Test
  @SuppressWarnings("NullAway")
  void refusesNoBanAtAll() {
    assertThatNullPointerException().isThrownBy(() -> NONE.ban(null)).withMessage("ban");
  }
}
