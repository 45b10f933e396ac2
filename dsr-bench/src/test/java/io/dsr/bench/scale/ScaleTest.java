package io.dsr.bench.scale;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Ten million flows at once with {@code -Plong}, a hundred thousand without. */
@Tag("large")
final class ScaleTest {

  private static final double SCALE =
      Double.parseDouble(System.getProperty("dsr.test.scale", "0.01"));

  /** What grows with the size grows a thousandfold; what does not may be disturbed by others. */
  private static final double FLAT = 10;

  private static List<Series.Row> rows = List.of();

  @BeforeAll
  static void measure() throws IOException {
    // It throws for a flow that is lost or was moved, and for a size that is not exact.
    rows = Scale.run(SCALE, System.out);
  }

  @Test
  void measuresEveryWorkAtEverySize() {
    assertThat(rows).hasSize(2 + 8 + 3 * 4);
    assertThat(rows.getFirst().cells())
        .extracting(Series.Cell::size)
        .containsExactly(
            flows(1_000), flows(10_000), flows(100_000), flows(1_000_000), flows(10_000_000));
    assertThat(rows.subList(2, rows.size()))
        .allSatisfy(row ->
            assertThat(row.cells())
                .extracting(Series.Cell::size)
                .containsExactly(1, 10, 100, 1_000));
  }

  @Test
  void allocatesNothingWithAnyNumberOfFlowsServersOrServices() {
    assertThat(rows).allSatisfy(row -> assertThat(row.allocated()).as("bytes: %s", row).isZero());
  }

  @Test
  void hitCostsTheSameWithAnyNumberOfServersOrServices() {
    assertFlat(row -> row.what().startsWith("hit") && !row.group().startsWith("flows"));
  }

  @Test
  void newFlowCostsTheSameWithAnyNumberOfServersForWhoeverLooksAtOneAlone() {
    assertFlat(row -> row.what().contains("rr") || row.what().contains("mh"));
  }

  @Test
  void newFlowCostsTheSameWithAnyNumberOfVipsOrNetworks() {
    assertFlat(row ->
        row.group().contains(ServiceKind.SINGLE_PORTS.toString())
            || row.group().contains(ServiceKind.NETWORKS.toString()));
  }

  private static void assertFlat(Predicate<Series.Row> which) {
    assertThat(rows.stream().filter(which))
        .isNotEmpty()
        .allSatisfy(
            row -> assertThat(row.cells().getLast().ratio()).as("%s", row).isBetween(0.0, FLAT));
  }

  private static int flows(int count) {
    return (int) (count * SCALE);
  }
}
