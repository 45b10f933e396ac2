package io.dsr.bench.scale;

import io.dsr.bench.Traffic;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.DoubleStream;

/**
 * What a frame costs when there are ten million flows, against when there are ten thousand.
 *
 * <p>Four directors of 1,000 servers have a thousandth, a hundredth, a tenth and all of the flows,
 * all at the same time. Rounds go from one to the next, so that a noisy minute is noisy for all of
 * them; the median counts. Flows are visited in a shuffled order: caches help only as far as they
 * are large.
 *
 * <pre>
 * java -Xmx3g -XX:MaxDirectMemorySize=1g -cp dsr-bench/target/dsr-bench.jar io.dsr.bench.scale.Scale
 * </pre>
 *
 * <p>{@code -Ddsr.test.scale=0.01} makes it a hundredth of all; {@code -Ddsr.scale.result} names a
 * file for the result, {@code -Ddsr.bench.noise} says there what else the machine was doing.
 */
public final class Scale {

  private static final int FLOWS = 10_000_000;
  private static final int FRAMES = 2_000_000;
  private static final int ROUNDS = 11;
  private static final int WARM_UPS = 2;
  private static final int[] PARTS = {1_000, 100, 10, 1};
  private static final long SEED = 20_261_121;

  private final int flows;
  private final int frames;
  private final Report report;

  Scale(double scale, Report report) {
    this.flows = (int) (FLOWS * scale);
    this.frames = (int) (FRAMES * scale);
    this.report = report;
  }

  /**
   * What was measured of one director.
   *
   * @param flows how many flows it had
   * @param openNanos what it cost to open one: two frames
   * @param frameNanos what one more frame of a known flow cost in each round, in ascending order
   * @param allocated bytes allocated in all rounds
   */
  record Row(int flows, double openNanos, List<Double> frameNanos, long allocated) {

    double median() {
      return frameNanos.get(frameNanos.size() / 2);
    }
  }

  /** Measures IPv4 and then IPv6 flows. */
  public static void main(String[] arguments) throws IOException {
    double scale = Double.parseDouble(System.getProperty("dsr.test.scale", "1"));
    run(scale, System.out);
  }

  /** Measures and returns the rows of IPv4, and then those of IPv6. */
  static List<Row> run(double scale, PrintStream out) throws IOException {
    var report = new Report(out, "The cost of a frame and the number of flows", Scale.class);
    var rows = new ArrayList<Row>();
    for (Traffic traffic : List.of(Traffic.TCP_IPV4, Traffic.TCP_IPV6)) {
      rows.addAll(new Scale(scale, report).measure(traffic));
    }
    report.end(System.getProperty("dsr.scale.result"));
    return rows;
  }

  private List<Row> measure(Traffic traffic) {
    List<FlowPopulation> populations = new ArrayList<>();
    List<Double> opened = new ArrayList<>();
    for (int part : PARTS) {
      var population = new FlowPopulation(traffic, flows / part, new Random(SEED));
      opened.add(open(traffic, population));
      populations.add(population);
    }
    List<Row> rows = visit(traffic, populations, opened);
    print(traffic, rows, writing(populations.getLast()));
    for (FlowPopulation population : populations) {
      population.verify();
    }
    report.line("every flow was found again on its server; the sizes are exact");
    report.line("heap in use: %s", Machine.heapInUse());
    report.line("");
    return rows;
  }

  private List<Row> visit(Traffic traffic, List<FlowPopulation> populations, List<Double> opened) {
    var nanos = new double[PARTS.length][ROUNDS];
    var allocated = new long[PARTS.length];
    for (int round = -WARM_UPS; round < ROUNDS; round++) {
      for (int i = 0; i < PARTS.length; i++) {
        long before = Machine.allocatedBytes();
        double one = populations.get(i).visit(frames);
        long after = Machine.allocatedBytes();
        if (round >= 0) {
          nanos[i][round] = one;
          allocated[i] += after - before;
        }
      }
      report.progress("%s: %d of %d rounds", traffic, Math.max(0, round + 1), ROUNDS);
    }
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < PARTS.length; i++) {
      List<Double> sorted = DoubleStream.of(nanos[i]).sorted().boxed().toList();
      rows.add(new Row(populations.get(i).flows(), opened.get(i), sorted, allocated[i]));
    }
    return rows;
  }

  private double open(Traffic traffic, FlowPopulation population) {
    int step = Math.max(1, population.flows() / 10);
    int[] next = {step};
    double nanos =
        population.open(flow -> {
          if (population.flows() == flows && flow >= next[0]) {
            report.progress("%s: %,d of %,d flows are open", traffic, flow, flows);
            next[0] += step;
          }
        });
    if (population.connections() != population.flows()) {
      throw new IllegalStateException(
          population.connections() + " flows of " + population.flows() + " are open");
    }
    return nanos;
  }

  private double writing(FlowPopulation population) {
    double[] nanos = new double[ROUNDS];
    for (int i = -WARM_UPS; i < ROUNDS; i++) {
      nanos[Math.max(0, i)] = population.writeOnly(frames);
    }
    Arrays.sort(nanos);
    return nanos[ROUNDS / 2];
  }

  private void print(Traffic traffic, List<Row> rows, double writing) {
    report.line(
        "%s, 1,000 servers, %d rounds of %,d frames; ns a frame; %.1f of them write the frame",
        traffic, ROUNDS, frames, writing);
    report.line(
        "%12s %10s %8s %8s %8s %8s %14s",
        "flows", "SYN+ACK", "median", "fastest", "slowest", "ratio", "allocated");
    for (Row row : rows) {
      report.line(
          "%,12d %10.1f %8.1f %8.1f %8.1f %8.2f %12d B",
          row.flows,
          row.openNanos,
          row.median(),
          row.frameNanos.getFirst(),
          row.frameNanos.getLast(),
          row.median() / rows.getFirst().median(),
          row.allocated);
    }
  }
}
