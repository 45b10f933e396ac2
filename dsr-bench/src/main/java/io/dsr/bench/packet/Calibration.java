package io.dsr.bench.packet;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How fast the two CPUs are, alone and together: threads of one core, or a busy machine, slow each
 * other down, and then CPU time a frame is worth less.
 *
 * @param alone rounds of a spin loop a second on CPU 0 and on CPU 1, one after the other
 * @param together the same on both at once
 */
record Calibration(List<Double> alone, List<Double> together) {

  private static final int MILLISECONDS = 300;
  private static final double BILLION = 1e9;

  /** Measures, which takes a second. */
  static Calibration take(Workshop workshop) throws IOException {
    var alone = new ArrayList<Double>();
    for (int cpu = 0; cpu <= Balancer.CPU; cpu++) {
      alone.add(result(spin(workshop, cpu)));
    }
    Process first = spin(workshop, 0);
    Process second = spin(workshop, Balancer.CPU);
    return new Calibration(alone, List.of(result(first), result(second)));
  }

  /** Returns what is left of each CPU's speed when both are busy, 1 for all of it. */
  double ratio(int cpu) {
    return together.get(cpu) / alone.get(cpu);
  }

  List<String> lines() {
    var lines = new ArrayList<String>();
    for (int cpu = 0; cpu <= Balancer.CPU; cpu++) {
      lines.add(
          "CPU %d: %s G rounds/s alone, %s with the other busy (%s)"
              .formatted(
                  cpu,
                  Figures.decimal(alone.get(cpu) / BILLION, 2),
                  Figures.decimal(together.get(cpu) / BILLION, 2),
                  Figures.decimal(ratio(cpu), 2)));
    }
    return lines;
  }

  Map<String, Object> figures() {
    var figures = new LinkedHashMap<String, Object>();
    for (int cpu = 0; cpu <= Balancer.CPU; cpu++) {
      figures.put(
          "cpu" + cpu,
          Map.of("alone", alone.get(cpu), "together", together.get(cpu), "ratio", ratio(cpu)));
    }
    return figures;
  }

  private static Process spin(Workshop workshop, int cpu) throws IOException {
    return new ProcessBuilder(
            workshop.program("spin"), Integer.toString(cpu), Integer.toString(MILLISECONDS))
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  private static double result(Process process) throws IOException {
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (text.isBlank()) {
      throw new IOException("spin: no result: the benchmark needs CPU 0 and CPU 1");
    }
    return Double.parseDouble(text.strip());
  }
}
