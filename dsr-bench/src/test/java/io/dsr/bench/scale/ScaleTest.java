package io.dsr.bench.scale;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Ten million flows at once with {@code -Plong}, a hundred thousand without. */
@Tag("large")
final class ScaleTest {

  private static final double SCALE =
      Double.parseDouble(System.getProperty("dsr.test.scale", "0.01"));

  @Test
  void findsEveryFlowOnItsServerAgainAndAllocatesNothing() throws IOException {
    // It throws for a flow that is lost or was moved, and for a size that is not exact.
    List<Scale.Row> rows = Scale.run(SCALE, System.out);

    assertThat(rows).hasSize(8);
    assertThat(rows)
        .extracting(Scale.Row::flows)
        .contains((int) (10_000 * SCALE), (int) (10_000_000 * SCALE));
    assertThat(rows)
        .allSatisfy(row ->
            assertThat(row.allocated()).as("bytes allocated, %,d flows", row.flows()).isZero());
  }
}
