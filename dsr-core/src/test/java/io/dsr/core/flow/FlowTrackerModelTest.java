package io.dsr.core.flow;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class FlowTrackerModelTest {

  private static final long FULL_RUN = 10_000_000;

  /** Clients is how many there are for each record; beginning is in ticks from a wrap-round. */
  @ParameterizedTest
  @CsvSource({
    "false, 1, 3, false, 0",
    "true, 2, 3, false, 0",
    "false, 97, 2, true, 2147483648",
    "true, 97, 2, true, 4294967296",
    "false, 1000, 1, false, 2147483648",
    "true, 1000, 1, true, 0",
    "false, 300, 10, false, 4294967296",
    "true, 4096, 4, false, 6442450944"
  })
  void doesWhatAMapDoes(boolean ipv6, int capacity, int clients, boolean colliding, long wrap) {
    var model = new FlowTrackerModel(System.nanoTime(), ipv6, capacity);
    double scale = Double.parseDouble(System.getProperty("dsr.test.scale", "0.01"));

    model.run(Math.max(1, capacity * clients), colliding, wrap, (long) (scale * FULL_RUN / 8));
  }
}
