package io.dsr.bench.scale;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Ten million SYNs with {@code -Plong}, a hundred thousand without. */
@Tag("large")
final class SynFloodTest {

  private static final double SCALE =
      Double.parseDouble(System.getProperty("dsr.test.scale", "0.01"));

  @Test
  void everyClientStaysWithItsServerInAFlood() {
    survives(false);
  }

  @Test
  void everyClientStaysWithItsServerWhenServersComeInAFlood() {
    survives(true);
  }

  private static void survives(boolean serversCome) {
    long seed = System.nanoTime();
    var flood = new SynFlood(SCALE, serversCome, seed);

    SynFlood.Outcome outcome = flood.run(System.out);

    assertThat(outcome.strangers()).isEqualTo((int) (10_000_000 * SCALE));
    assertThat(outcome.frames()).isGreaterThan(100L * LegitimateClients.COUNT);
    assertThat(outcome.lost()).as("frames lost, seed %d", seed).isZero();
    assertThat(outcome.moved()).as("clients moved, seed %d", seed).isZero();
    assertThat(outcome.mostRemembered())
        .as("flows remembered, seed %d", seed)
        .isBetween(LegitimateClients.COUNT, flood.capacity());
  }
}
