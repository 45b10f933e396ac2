package io.dsr.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PersistenceTest {

  private static final Persistence MINUTE = Persistence.sourceAddress(Duration.ofMinutes(1));

  @Test
  void goesByTheWholeAddressUnlessTold() {
    assertThat(MINUTE).isEqualTo(new Persistence(Duration.ofMinutes(1), 32, 128));
    assertThat(MINUTE.ipv4Prefix(24).ipv6Prefix(64))
        .isEqualTo(new Persistence(Duration.ofMinutes(1), 24, 64));
  }

  @ParameterizedTest
  @ValueSource(strings = {"PT0.999S", "PT0S", "PT-1S", "PT744H0.000000001S"})
  void refusesOtherTimeouts(String timeout) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Persistence.sourceAddress(Duration.parse(timeout)))
        .withMessage("timeout: " + Duration.parse(timeout) + " (expected: 1 s to 31 days)");
  }

  @Test
  void takesTheShortestAndTheLongestTimeout() {
    assertThat(Persistence.sourceAddress(Duration.ofSeconds(1)).timeout()).hasSeconds(1);
    assertThat(Persistence.sourceAddress(Duration.ofDays(31)).timeout()).hasDays(31);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 33})
  void refusesOtherIpv4Prefixes(int bits) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MINUTE.ipv4Prefix(bits))
        .withMessage("ipv4Prefix: " + bits + " (expected: 1 to 32)");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 129})
  void refusesOtherIpv6Prefixes(int bits) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MINUTE.ipv6Prefix(bits))
        .withMessage("ipv6Prefix: " + bits + " (expected: 1 to 128)");
  }
}
