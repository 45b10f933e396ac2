package io.dsr.bench.packet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ResultsTest {

  private static final Scenario SMALL = Scenario.ONE_CPU_SMALL;

  private final Results results = new Results();
  private int round;

  private void run(double generator, double peer, double own) {
    results.add(round, Contender.GENERATOR, SMALL, rate(generator));
    results.add(round, Contender.NFTLB, SMALL, rate(peer));
    results.add(round, Contender.XDP, SMALL, rate(own));
    round++;
  }

  private static Measurement rate(double framesPerSecond) {
    return measured(framesPerSecond, LatencyHistogram.EMPTY);
  }

  private static Measurement measured(double framesPerSecond, LatencyHistogram latency) {
    return new Measurement(framesPerSecond, 0, Double.NaN, 0, 0, 1, latency, 0, 1);
  }

  private static Calibration calibration() {
    return new Calibration(List.of(2e9, 2e9), List.of(1e9, 2e9));
  }

  private void tenASecond(Contender contender, String latency) {
    results.add(round, contender, Scenario.PACED_10, measured(10, LatencyHistogram.parse(latency)));
  }

  @Test
  void summarisesByTheMedian() {
    assertThat(Series.of(List.of(3.0, 1.0, 9.0))).isEqualTo(new Series(3, 1, 9));
    assertThat(Series.of(List.of(3.0, 1.0, 9.0, 4.0)).median()).isEqualTo(3.5);
    assertThat(Series.of(List.of(Double.NaN, 2.0)).median()).isEqualTo(2);
    assertThat(Series.of(List.of()).median()).isNaN();
  }

  @Test
  void comparesWithinTheSameRun() {
    run(8e6, 1e6, 2e6);
    run(4e6, 0.5e6, 1.5e6); // a slow moment, slow for all
    run(8e6, 1e6, 2.5e6);

    Series ratio =
        results.ratio(Contender.XDP, Contender.NFTLB, SMALL, Measurement::framesPerSecond);

    assertThat(ratio).isEqualTo(new Series(2.5, 2, 3));
  }

  @Test
  void takesTheGeneratorsShareAway() {
    run(4e6, 1e6, 2e6);

    assertThat(results.added(Contender.XDP, SMALL).median()).isCloseTo(250, within(1e-6));
    assertThat(results.added(Contender.GENERATOR, SMALL).median()).isNaN();
    assertThat(results.addedRatio(Contender.XDP, Contender.NFTLB, SMALL).median())
        .isCloseTo(250 / 750.0, within(1e-9));
  }

  @Test
  void hasNoRatioToWhoTookNoPart() {
    run(4e6, 1e6, 2e6);

    assertThat(results.has(Contender.DSR, SMALL)).isFalse();
    assertThat(
            results
                .ratio(Contender.XDP, Contender.DSR, SMALL, Measurement::framesPerSecond)
                .median())
        .isNaN();
  }

  @Test
  void printsAlignedRowsAndTabs() {
    run(4e6, 1e6, 2e6);
    results.skip(Contender.NFT, "no nft (cure: apt-get install nftables)");

    List<String> aligned =
        new TableReport(results, true).lines(Map.of("kernel", "Linux"), calibration());
    List<String> tabs = new TableReport(results, false).lines(Map.of(), calibration());

    assertThat(aligned)
        .contains(
            "kernel: Linux",
            "nft: no nft (cure: apt-get install nftables)",
            "CPU 0: 2.00 G rounds/s alone, 1.00 with the other busy (0.50)");
    assertThat(aligned).anyMatch(line -> line.startsWith("xdp           2,000  2,000..2,000"));
    assertThat(tabs)
        .anyMatch(line -> line.startsWith("xdp\t2,000\t2,000..2,000\t2.00\t0.00%\t250"));
    assertThat(String.join("\n", aligned)).doesNotContain("Two CPUs", "latency");
  }

  @Test
  void takesTheQuantilesAtTenASecondFromAllRounds() {
    // Bucket 416 begins at 2^17 ns, 131.1 us, and 32 further on it is twice that. The rounds' own
    // p99 ratios would be 4, 1 and 1, and their median 1.
    tenASecond(Contender.C_AFPACKET, "416:1000,");
    tenASecond(Contender.DSR, "416:900,480:100,");
    round++;
    for (; round < 3; round++) {
      tenASecond(Contender.C_AFPACKET, "416:1000,");
      tenASecond(Contender.DSR, "416:1000,");
    }
    tenASecond(Contender.C_AFPACKET, "544:1000,"); // dsr has failed in this one

    List<String> lines = new TableReport(results, false).lines(Map.of(), calibration());

    assertThat(results.latency(Contender.DSR, Scenario.PACED_10).frames()).isEqualTo(3_000);
    assertThat(lines).anyMatch(line -> line.startsWith("dsr\t133.1\t532.5\t-\t-\t1.00\t4.00\t-"));
  }

  @Test
  void printsOneJsonDocument() throws Exception {
    run(4e6, 1e6, 2e6);
    results.skip(Contender.NFT, "no \"nft\"");

    String json =
        JsonReport.document(results, Options.parse(), Map.of("kernel", "Linux\n"), calibration());

    assertThat(json)
        .startsWith("{\"machine\": {\"kernel\": \"Linux\\u000a\"}")
        .contains("\"skipped\": {\"nft\": \"no \\\"nft\\\"\"}")
        .contains("\"xdp\": {\"ONE_CPU_SMALL\": {\"framesPerSecond\": {\"median\": 2000000.0")
        .contains("\"cpuNanosPerFrame\": {\"median\": null")
        .contains("\"to nftlb\": 2.0")
        .endsWith("}");
  }
}
