package io.dsr.netty.channel;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class PacketCountersTest {

  private final PacketCounters counters = new PacketCounters();

  @Test
  void givesTheLongestTimeSinceItWasLastTaken() {
    assertThat(counters.takeLongest()).isZero();
    counters.took(7);
    counters.took(9);
    counters.took(8);
    assertThat(counters.takeLongest()).isEqualTo(9);
    assertThat(counters.takeLongest()).isZero();

    counters.took(3);
    assertThat(counters.takeLongest()).isEqualTo(3);
  }

  @Test
  void leavesTheWordsOfTheEventLoopAloneWhenATimeIsTaken() {
    counters.took(7);
    assertThat(counters.takeLongest()).isEqualTo(7);

    assertThat(counters.get(PacketCounters.LONGEST_NANOS)).isEqualTo(7);
  }
}
