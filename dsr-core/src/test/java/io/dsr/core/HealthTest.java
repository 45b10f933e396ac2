package io.dsr.core;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class HealthTest {

  @Test
  void keepsWhatACheckSawOnOneLineOfBoundedLength() {
    assertThat(Health.down("HTTP 503\r\n\tService\u0000").reason()).isEqualTo("HTTP 503   Service");
    assertThat(Health.up("x".repeat(1_000)).reason()).hasSize(Health.LONGEST_REASON);
  }

  @Test
  void saysItsStateAndWhy() {
    assertThat(Health.UNKNOWN).hasToString("unknown");
    assertThat(Health.up("")).hasToString("up");
    assertThat(Health.down("connection refused")).hasToString("down: connection refused");
  }

  @Test
  void namesReasonsAsCommandsShowThem() {
    assertThat(WeightReason.STANDBY_TIER.text()).isEqualTo("standby-tier");
    assertThat(WeightReason.CONFIGURED.text()).isEqualTo("configured");
  }
}
