package io.dsr.linux;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class CapabilitiesTest {

  @Test
  void readsTheBitsOfALine() {
    assertThat(Capabilities.parse("CapEff:\t0000000000002000").hasNetRaw()).isTrue();
    assertThat(Capabilities.parse("CapEff:\t0000000000002000").hasNetAdmin()).isFalse();
    assertThat(Capabilities.parse("CapEff:\t000001ffffffffff").hasNetAdmin()).isTrue();
    assertThat(Capabilities.parse("CapEff:\t0000000000000000").hasNetRaw()).isFalse();
  }
}
