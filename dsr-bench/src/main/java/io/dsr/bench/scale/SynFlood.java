package io.dsr.bench.scale;

import io.dsr.bench.BenchDirector;
import io.dsr.bench.SampleFrame;
import io.dsr.bench.Traffic;
import io.dsr.core.Verdict;
import io.dsr.core.datapath.DirectorLimits;
import java.io.IOException;
import java.io.PrintStream;

/**
 * Ten million strangers send one SYN each, from an address that is not theirs, while 1,000 clients
 * go about their business.
 *
 * <p>Ninety seconds by a clock that the simulation moves, a millisecond a step. Half of the clients
 * open their connection before the flood, which lasts from the 10th second to the 80th, the others
 * in the midst of it. If asked for, more servers come in the 45th second, when no client is between
 * its SYN and its ACK: a flow that is not remembered may then be placed again.
 *
 * <pre>
 * java -Xmx3g -cp dsr-bench/target/dsr-bench.jar io.dsr.bench.scale.SynFlood
 * </pre>
 *
 * <p>{@code -Ddsr.test.scale=0.01} makes it a hundredth; {@code -Ddsr.flood.result} names a file
 * for the result, {@code -Ddsr.bench.noise} says there what else the machine was doing.
 */
public final class SynFlood {

  private static final int STRANGERS = 10_000_000;
  private static final int MOST_CONNECTIONS = 1_000_000;
  private static final int SERVERS = 100;
  private static final int MORE_SERVERS = 8;
  private static final int SECONDS = 90;
  private static final int STEPS = SECONDS * 1_000;
  private static final int FLOOD_BEGINS = 10_000;
  private static final int FLOOD_ENDS = 80_000;
  private static final int SERVERS_COME = 45_000;
  private static final long STEP_NANOS = 1_000_000;
  private static final int STRANGER_ADDRESSES = 0x0b00_0000;
  private static final int ADDRESS_MASK = (1 << 24) - 1;
  private static final int ODD = 0x9e_3779b1;

  private final int strangers;
  private final int capacity;
  private final boolean serversCome;
  private final BenchDirector director;
  private final LegitimateClients clients;
  private final SampleFrame syn = new SampleFrame(Traffic.TCP_IPV4).flags(SampleFrame.SYN);
  private final long[] given = new long[Verdict.values().length];

  private int sent;
  private int mostRemembered;

  SynFlood(double scale, boolean serversCome, long seed) {
    this.strangers = (int) (STRANGERS * scale);
    this.capacity = (int) (MOST_CONNECTIONS * scale);
    this.serversCome = serversCome;
    this.director = new BenchDirector(Traffic.TCP_IPV4, "wlc", SERVERS, capacity);
    this.clients = new LegitimateClients(director, seed, FLOOD_BEGINS, FLOOD_ENDS, SERVERS_COME);
  }

  /**
   * What became of the clients.
   *
   * @param strangers how many frames the flood had
   * @param frames how many frames the clients sent
   * @param lost how many of them were not forwarded
   * @param moved how many clients had frames sent to more than one server
   * @param mostRemembered the most flows that were remembered at a time
   */
  record Outcome(int strangers, long frames, long lost, int moved, int mostRemembered) {}

  /** Runs the flood twice: with the same servers throughout, and with more that come. */
  public static void main(String[] arguments) throws IOException {
    double scale = Double.parseDouble(System.getProperty("dsr.test.scale", "1"));
    var report = new Report(System.out, "Clients in a flood of SYNs", SynFlood.class);
    for (boolean serversCome : new boolean[] {false, true}) {
      new SynFlood(scale, serversCome, System.nanoTime()).run(report);
    }
    report.end(System.getProperty("dsr.flood.result"));
  }

  /** Returns how many flows may be remembered. */
  int capacity() {
    return capacity + Math.min(capacity, DirectorLimits.MAXIMUM_HALF_OPEN);
  }

  /** Runs the ninety seconds. */
  Outcome run(PrintStream out) {
    return run(new Report(out, "Clients in a flood of SYNs", SynFlood.class));
  }

  private Outcome run(Report report) {
    long begin = System.nanoTime();
    for (int step = 0; step < STEPS; step++) {
      if (serversCome && step == SERVERS_COME) {
        director.addServers(MORE_SERVERS);
      }
      int due = due(step);
      flood((sent + due) / 2);
      clients.step(step);
      flood(due);
      director.advance(STEP_NANOS);
      mostRemembered = Math.max(mostRemembered, director.connections());
      if (step % 10_000 == 0) {
        report.progress(
            "second %d of %d: %,d SYNs, %,d flows remembered",
            step / 1_000, SECONDS, sent, director.connections());
      }
    }
    var outcome =
        new Outcome(sent, clients.frames(), clients.lost(), clients.moved(), mostRemembered);
    print(report, outcome, System.nanoTime() - begin);
    return outcome;
  }

  private void flood(int until) {
    while (sent < until) {
      int address = STRANGER_ADDRESSES + ((sent * ODD) & ADDRESS_MASK);
      Verdict verdict = director.direct(syn.source(address, 1024 + (sent * ODD >>> 17)));
      given[verdict.ordinal()]++;
      sent++;
    }
  }

  /** Returns how many SYNs of the flood have been sent when the step is over. */
  private int due(int step) {
    long into = Math.clamp(step + 1 - FLOOD_BEGINS, 0, FLOOD_ENDS - FLOOD_BEGINS);
    return (int) (strangers * into / (FLOOD_ENDS - FLOOD_BEGINS));
  }

  private void print(Report report, Outcome outcome, long nanos) {
    report.line("%s", serversCome ? "more servers come in the flood" : "the same servers");
    report.line("%-34s %,14d", "SYNs of strangers", outcome.strangers);
    for (Verdict verdict : Verdict.values()) {
      if (given[verdict.ordinal()] != 0) {
        report.line("  %-32s %,14d", verdict, given[verdict.ordinal()]);
      }
    }
    report.line("%-34s %,14d", "clients", LegitimateClients.COUNT);
    report.line("%-34s %,14d", "their frames", outcome.frames);
    report.line("%-34s %,14d", "  not forwarded", outcome.lost);
    report.line("%-34s %,14d", "clients moved to another server", outcome.moved);
    report.line("%-34s %,14d", "most flows remembered", outcome.mostRemembered);
    report.line("%-34s %,14d", "  of at most", capacity());
    report.line(
        "%-34s %,14d", "ns a frame, all counted", nanos / (outcome.strangers + outcome.frames));
    report.line("");
  }
}
