package io.dsr.bench.packet;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The results as tables to read. */
final class TableReport {

  private static final Contender PEER = Contender.NFTLB;
  private static final Contender YARDSTICK = Contender.C_AFPACKET;
  private static final Scenario[] TIMED = {
    Scenario.IDLE,
    Scenario.PACED_10,
    Scenario.PACED_1000,
    Scenario.PACED_50000,
    Scenario.TWO_CPUS_SMALL
  };

  private final Results results;
  private final boolean aligned;

  TableReport(Results results, boolean aligned) {
    this.results = results;
    this.aligned = aligned;
  }

  /** Returns all lines, the machine's first. */
  List<String> lines(Map<String, String> machine, Calibration calibration) {
    var lines = new ArrayList<String>();
    machine.forEach((name, value) -> lines.add(name + ": " + value));
    lines.addAll(calibration.lines());
    results.absent().forEach((contender, why) -> lines.add(contender + ": " + why));
    add(lines, "One CPU: generator, balancer and sink in softirq on CPU 0", oneCpu());
    add(lines, "Two CPUs: generator and sink on CPU 0, the balancer on CPU 1", twoCpus());
    add(lines, "One-way latency in us, generator to sink (p50 and p99)", latency());
    add(lines, "CPU time of the balancer, softirq included, in percent of a core", idle());
    return lines;
  }

  private void add(List<String> lines, String title, TextTable table) {
    List<String> rows = table.lines(aligned);
    if (rows.size() > 1) {
      lines.add("");
      lines.add(title);
      lines.addAll(rows);
    }
  }

  private TextTable oneCpu() {
    var table =
        new TextTable(
            "contender",
            "64 B k/s",
            "min..max",
            "/nftlb",
            "loss",
            "ns/frame alone",
            "/nftlb",
            "spread",
            "1,514 B k/s",
            "/nftlb");
    for (Contender contender : Contender.values()) {
      Scenario small = Scenario.ONE_CPU_SMALL;
      Scenario full = Scenario.ONE_CPU_FULL;
      if (results.has(contender, small, full)) {
        Series rate = results.series(contender, small, Measurement::framesPerSecond);
        table.row(
            List.of(
                contender.toString(),
                Figures.thousands(rate.median()),
                Figures.thousandsRange(rate),
                rateRatio(contender, small),
                loss(contender, small),
                Figures.decimal(results.added(contender, small).median(), 0),
                Figures.ratio(results.addedRatio(contender, PEER, small)),
                spread(contender, small),
                Figures.thousands(
                    results.series(contender, full, Measurement::framesPerSecond).median()),
                rateRatio(contender, full)));
      }
    }
    return table;
  }

  private TextTable twoCpus() {
    var table =
        new TextTable(
            "contender",
            "64 B k/s",
            "min..max",
            "/nftlb",
            "loss",
            "CPU ns/frame",
            "min..max",
            "/nftlb",
            "/c-afp",
            "CPU 1 busy",
            "spread",
            "reordered",
            "1,514 B k/s",
            "CPU ns/frame",
            "/nftlb",
            "/c-afp");
    for (Contender contender : Contender.values()) {
      if (results.has(contender, Scenario.TWO_CPUS_SMALL, Scenario.TWO_CPUS_FULL)) {
        var row = new ArrayList<String>();
        row.add(contender.toString());
        row.addAll(twoCpusSmall(contender));
        row.addAll(twoCpusFull(contender));
        table.row(row);
      }
    }
    return table;
  }

  private List<String> twoCpusSmall(Contender contender) {
    Scenario small = Scenario.TWO_CPUS_SMALL;
    Series rate = results.series(contender, small, Measurement::framesPerSecond);
    Series cpu = results.series(contender, small, Measurement::cpuNanos);
    return List.of(
        Figures.thousands(rate.median()),
        Figures.thousandsRange(rate),
        rateRatio(contender, small),
        loss(contender, small),
        Figures.decimal(cpu.median(), 0),
        Figures.range(cpu, 0),
        cpuRatio(contender, PEER, small),
        cpuRatio(contender, YARDSTICK, small),
        Figures.decimal(results.series(contender, small, Measurement::busyNanos).median(), 0),
        spread(contender, small),
        Figures.decimal(
            results.series(contender, small, m -> (double) m.reordered()).maximum(), 0));
  }

  private List<String> twoCpusFull(Contender contender) {
    Scenario full = Scenario.TWO_CPUS_FULL;
    return List.of(
        Figures.thousands(results.series(contender, full, Measurement::framesPerSecond).median()),
        Figures.decimal(results.series(contender, full, Measurement::cpuNanos).median(), 0),
        cpuRatio(contender, PEER, full),
        cpuRatio(contender, YARDSTICK, full));
  }

  /**
   * Ten frames a second are too few for the quantiles of a round: those of all stand here, and no
   * p99 of fewer than a thousand.
   */
  private TextTable latency() {
    var table =
        new TextTable(
            "contender",
            "10/s p50",
            "p99",
            "/nftlb",
            "/nftlb",
            "/c-afp",
            "/c-afp",
            "1,000/s p50",
            "p99",
            "/nftlb",
            "/nftlb",
            "/c-afp",
            "/c-afp",
            "50,000/s p50",
            "p99",
            "/nftlb",
            "/nftlb",
            "/c-afp",
            "/c-afp",
            "loss");
    for (Contender contender : Contender.values()) {
      if (results.has(contender, Scenario.PACED_10, Scenario.PACED_1000, Scenario.PACED_50000)) {
        var row = new ArrayList<String>();
        row.add(contender.toString());
        LatencyHistogram few = results.latency(contender, Scenario.PACED_10);
        row.add(Figures.decimal(few.micros(0.50), 1));
        row.add(Figures.decimal(few.micros(0.99), 1));
        for (Contender base : List.of(PEER, YARDSTICK)) {
          LatencyHistogram own = results.latency(contender, base, Scenario.PACED_10);
          LatencyHistogram other = results.latency(base, contender, Scenario.PACED_10);
          row.add(Figures.decimal(own.micros(0.50) / other.micros(0.50), 2));
          row.add(Figures.decimal(own.micros(0.99) / other.micros(0.99), 2));
        }
        for (Scenario scenario : List.of(Scenario.PACED_1000, Scenario.PACED_50000)) {
          row.addAll(quantiles(contender, scenario));
          row.addAll(latencyRatios(contender, scenario));
        }
        row.add(loss(contender, Scenario.PACED_50000));
        table.row(row);
      }
    }
    return table;
  }

  private List<String> quantiles(Contender contender, Scenario scenario) {
    return List.of(
        Figures.decimal(results.series(contender, scenario, Measurement::p50).median(), 1),
        Figures.decimal(results.series(contender, scenario, Measurement::p99).median(), 1));
  }

  private List<String> latencyRatios(Contender contender, Scenario scenario) {
    return List.of(
        Figures.ratio(results.ratio(contender, PEER, scenario, Measurement::p50)),
        Figures.ratio(results.ratio(contender, PEER, scenario, Measurement::p99)),
        Figures.ratio(results.ratio(contender, YARDSTICK, scenario, Measurement::p50)),
        Figures.ratio(results.ratio(contender, YARDSTICK, scenario, Measurement::p99)));
  }

  private TextTable idle() {
    var table = new TextTable("contender", "idle", "10/s", "1,000/s", "50,000/s", "at full speed");
    for (Contender contender : Contender.values()) {
      if (results.has(contender, TIMED)) {
        var row = new ArrayList<String>();
        row.add(contender.toString());
        for (Scenario scenario : TIMED) {
          Series percent = results.series(contender, scenario, Measurement::cpuPercent);
          row.add(Figures.decimal(percent.median(), 2));
        }
        table.row(row);
      }
    }
    return table;
  }

  private String rateRatio(Contender contender, Scenario scenario) {
    return Figures.ratio(results.ratio(contender, PEER, scenario, Measurement::framesPerSecond));
  }

  private String cpuRatio(Contender contender, Contender base, Scenario scenario) {
    return Figures.ratio(results.ratio(contender, base, scenario, Measurement::cpuNanos));
  }

  private String loss(Contender contender, Scenario scenario) {
    return Figures.percent(results.series(contender, scenario, Measurement::loss).maximum());
  }

  private String spread(Contender contender, Scenario scenario) {
    return contender == Contender.GENERATOR
        ? "-"
        : Figures.decimal(results.series(contender, scenario, Measurement::spread).median(), 3);
  }
}
