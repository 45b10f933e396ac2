package io.dsr.bench.scale;

import io.dsr.bench.BenchDirector;
import io.dsr.bench.Traffic;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * What a frame costs the director by the number of flows, of servers and of services: one table,
 * with a row for each work and a column for each size.
 *
 * <p>A hit is a frame of a TCP connection that is remembered. A new flow is one UDP datagram, whose
 * flow is placed and remembered, and the end of an older flow: so many are remembered throughout.
 * All sizes of a row exist at the same time, and are measured in turn ({@link Series}).
 *
 * <pre>
 * java -Xmx3g -XX:MaxDirectMemorySize=1g -cp dsr-bench/target/dsr-bench.jar io.dsr.bench.scale.Scale
 * </pre>
 *
 * <p>{@code -Ddsr.test.scale=0.01} makes flows and frames a hundredth of all; {@code
 * -Ddsr.scale.result} names a file for the result, {@code -Ddsr.bench.noise} says there what else
 * the machine was doing.
 */
public final class Scale {

  private static final int FLOWS = 10_000_000;
  private static final int HITS = 1_000_000;
  private static final int NEW_FLOWS = 200_000;
  private static final int MANY_SERVERS = 1_000;
  private static final int[] PARTS = {10_000, 1_000, 100, 10, 1};
  private static final int[] SIZES = {1, 10, 100, 1_000};
  private static final List<String> SCHEDULERS = List.of("rr", "wlc", "mh");
  private static final long SEED = 20_261_121;

  private final int flows;
  private final int hits;
  private final int newFlows;
  private final Report report;
  private final List<Series.Row> rows = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();

  private Scale(double scale, Report report) {
    this.flows = (int) (FLOWS * scale);
    this.hits = (int) (HITS * scale);
    this.newFlows = (int) (NEW_FLOWS * scale);
    this.report = report;
  }

  /** Measures all. */
  public static void main(String[] arguments) throws IOException {
    double scale = Double.parseDouble(System.getProperty("dsr.test.scale", "1"));
    run(scale, System.out);
  }

  /** Measures and returns all rows of the table. */
  static List<Series.Row> run(double scale, PrintStream out) throws IOException {
    var report = new Report(out, "The cost of a frame against scale", Scale.class);
    List<Series.Row> rows = new Scale(scale, report).measure();
    report.end(System.getProperty("dsr.scale.result"));
    return rows;
  }

  private List<Series.Row> measure() {
    report.line("ns a frame, and the ratio to the first of its row; medians of the rounds");
    report.line("rounds: %d, of %,d hits or %,d new flows each", Series.rounds(), hits, newFlows);
    report.line("spread: of the ratio over the rounds, the widest of the row");
    report.line("B: bytes that the thread allocated, a frame");
    flows(Traffic.TCP_IPV4);
    flows(Traffic.TCP_IPV6);
    servers();
    for (ServiceKind kind : ServiceKind.values()) {
      services(kind);
    }
    report.line("");
    report.line("What grows, and why:");
    report.line(
        "  hits by flows: visited in a shuffled order, they miss caches that are too small");
    report.line(
        "  new flows under wlc: a tree over all servers, repaired where their loads have changed");
    report.line("  new flows by ranges: the services that are found outgrow the caches");
    report.line("  new flows by networks: one search for each length of prefix that occurs");
    report.line("");
    notes.forEach(note -> report.line("%s", note));
    return rows;
  }

  private void flows(Traffic traffic) {
    String group = String.format("flows; %,d servers, wlc", MANY_SERVERS);
    var series = new Series(group, "hit, " + version(traffic));
    List<FlowPopulation> populations = new ArrayList<>();
    double opened = 0;
    for (int part : PARTS) {
      int count = Math.max(1, flows / part);
      var director = new BenchDirector(traffic, "wlc", MANY_SERVERS, count);
      var population = new FlowPopulation(director, ServiceFrames.ofOne(traffic), count, random());
      opened = open(traffic, population);
      populations.add(population);
      series.add(count, population::visit);
    }
    measure(series, hits);
    var writing = new Series(group, "writing");
    writing.add(flows, populations.getLast()::writeOnly);
    double written = writing.measure(hits).cells().getFirst().nanos();
    String heap = Machine.heapInUse();
    populations.forEach(FlowPopulation::verify);
    long all = populations.stream().mapToLong(FlowPopulation::flows).sum();
    notes.add(String.format("%s, the first rows:", version(traffic)));
    notes.add(String.format("  %.1f ns a frame write the frame, at most flows", written));
    notes.add(String.format("  %.1f ns opened one of most flows: SYN, pick, ACK", opened));
    notes.add(String.format("  heap in use: %s, with %,d flows at once in all", heap, all));
    notes.add("  every flow was found again on its server; the sizes are exact");
  }

  private double open(Traffic traffic, FlowPopulation population) {
    int step = Math.max(1, flows / 4);
    int[] next = {step};
    double nanos =
        population.open(flow -> {
          if (flow >= next[0]) {
            report.progress("%s: %,d of %,d flows are open", traffic, flow, population.flows());
            next[0] += step;
          }
        });
    if (population.connections() != population.flows()) {
      throw new IllegalStateException(
          population.connections() + " flows of " + population.flows() + " are open");
    }
    return nanos;
  }

  private void servers() {
    String group = String.format("servers of a service; %,d flows", FlowChurn.FLOWS);
    for (Traffic traffic : List.of(Traffic.TCP_IPV4, Traffic.TCP_IPV6)) {
      var series = new Series(group, "hit, wlc, " + version(traffic));
      for (int size : SIZES) {
        var director = new BenchDirector(traffic, "wlc", size, FlowChurn.FLOWS);
        series.add(size, opened(director, ServiceFrames.ofOne(traffic))::visit);
      }
      measure(series, hits);
    }
    for (String scheduler : SCHEDULERS) {
      for (Traffic traffic : List.of(Traffic.UDP_IPV4, Traffic.UDP_IPV6)) {
        var series = new Series(group, "new flow, " + scheduler + ", " + version(traffic));
        for (int size : SIZES) {
          var director = new BenchDirector(traffic, scheduler, size, 2 * FlowChurn.FLOWS);
          series.add(size, new FlowChurn(director, ServiceFrames.ofOne(traffic))::visit);
        }
        measure(series, newFlows);
      }
    }
  }

  private void services(ServiceKind kind) {
    String group = "services: " + kind;
    for (Traffic traffic : List.of(Traffic.TCP_IPV4, Traffic.TCP_IPV6)) {
      var series = new Series(group, "hit, " + version(traffic));
      for (int size : SIZES) {
        var director = new BenchDirector(kind.services(traffic, size), FlowChurn.FLOWS);
        series.add(size, opened(director, kind.frames(traffic, size))::visit);
      }
      measure(series, hits);
    }
    for (Traffic traffic : List.of(Traffic.UDP_IPV4, Traffic.UDP_IPV6)) {
      var series = new Series(group, "new flow, " + version(traffic));
      for (int size : SIZES) {
        var director = new BenchDirector(kind.services(traffic, size), 2 * FlowChurn.FLOWS);
        series.add(size, new FlowChurn(director, kind.frames(traffic, size))::visit);
      }
      measure(series, newFlows);
    }
  }

  private static FlowPopulation opened(BenchDirector director, ServiceFrames frames) {
    var population = new FlowPopulation(director, frames, FlowChurn.FLOWS, random());
    population.open(flow -> {});
    population.verify();
    return population;
  }

  private void measure(Series series, int frames) {
    Series.Row row = series.measure(frames);
    if (rows.isEmpty() || !rows.getLast().group().equals(row.group())) {
      head(row);
    }
    rows.add(row);
    var line = new StringBuilder(String.format("  %-24s", row.what()));
    double spread = 0;
    for (Series.Cell cell : row.cells()) {
      line.append(String.format(" %8.1f %5.2f", cell.nanos(), cell.ratio()));
      spread = Math.max(spread, cell.spread());
    }
    line.append(" ".repeat(15 * (PARTS.length - row.cells().size())));
    long sent = (long) frames * Series.rounds() * row.cells().size();
    report.line("%s %6.0f%% %6.2f", line, spread * 100, (double) row.allocated() / sent);
  }

  private void head(Series.Row row) {
    var line = new StringBuilder(" ".repeat(26));
    row.cells().forEach(cell -> line.append(String.format(" %,14d", cell.size())));
    line.append(" ".repeat(15 * (PARTS.length - row.cells().size())));
    report.line("");
    report.line("%s", row.group());
    report.line("%s %7s %6s", line, "spread", "B");
  }

  private static String version(Traffic traffic) {
    return traffic.isIpv6() ? "IPv6" : "IPv4";
  }

  private static Random random() {
    return new Random(SEED);
  }
}
