package io.dsr.bench.packet;

import io.dsr.netty.handler.NeighbourTimings;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** One contender's turn: a test bed is built, the balancer started, warmed and measured. */
final class Turn {

  private static final long WARM_KERNEL_MILLISECONDS = 300;
  private static final long WARM_ROUND_MILLISECONDS = 2_000;
  private static final int WARM_ROUNDS = 24;
  private static final long RARE_FRAMES_NANOS =
      NeighbourTimings.DEFAULT.refresh().plusSeconds(2).toNanos();
  private static final long SILENT_COMPILER_NANOS = WARM_ROUND_MILLISECONDS * 1_000_000 / 50;
  private static final long WARM_PACED_MILLISECONDS = 2_000;
  private static final long DELIVERY_NANOS = 5_000_000_000L;
  private static final long LOOK_MILLISECONDS = 100;
  private static final long LEAST_FRAMES = 20;
  private static final long SMOKE_MILLISECONDS = 500;
  private static final int FLOWS_PER_SERVER = 64;
  private static final int POLL_PRIORITY = 10;

  private final Contender contender;
  private final Workshop workshop;
  private final Options options;

  Turn(Contender contender, Workshop workshop, Options options) {
    this.contender = contender;
    this.workshop = workshop;
    this.options = options;
  }

  /**
   * Measures the scenarios, all of them with the same number of CPUs.
   *
   * @throws IOException if the contender does not start or delivers nothing
   */
  Map<Scenario, Measurement> take(List<Scenario> scenarios) throws IOException {
    boolean twoCpus = scenarios.getFirst().twoCpus();
    try (TestBed bed = TestBed.build(twoCpus);
        Balancer balancer = Balancer.start(contender, bed, workshop, options);
        FarEnds ends = farEnds(bed)) {
      settle(bed, twoCpus);
      bed.coalesce(twoCpus);
      var meter = new Meter(ends, options, balancer.pid(), bed.pollers(bed.balancerInterface()));
      awaitDelivery(ends);
      warmUp(meter, balancer, fastest(twoCpus));
      var results = new EnumMap<Scenario, Measurement>(Scenario.class);
      for (Scenario scenario : scenarios) {
        if (scenario.rate() != 0) {
          bed.coalesce(false);
          pollAtOnce(bed);
        }
        if (contender.place() == Contender.Place.PROCESS && scenario.rate() > 0) {
          meter.measure(Scenario.PACED_50000, WARM_PACED_MILLISECONDS);
        }
        results.put(scenario, meter.measure(scenario, duration(scenario)));
      }
      return results;
    }
  }

  /** Measures a scenario for half a second, with nothing pinned, polled or warmed. */
  Map<Scenario, Measurement> smoke(Scenario scenario) throws IOException {
    try (TestBed bed = TestBed.build(false);
        Balancer balancer = Balancer.start(contender, bed, workshop, options);
        FarEnds ends = farEnds(bed)) {
      var meter = new Meter(ends, options, balancer.pid(), List.of());
      awaitDelivery(ends);
      return Map.of(scenario, meter.measure(scenario, SMOKE_MILLISECONDS));
    }
  }

  private FarEnds farEnds(TestBed bed) throws IOException {
    return contender == Contender.GENERATOR
        ? FarEnds.faceToFace(workshop, bed)
        : FarEnds.atClient(workshop, bed);
  }

  /** Pins who polls the interfaces; the sink goes before the generator, which never sleeps. */
  private void settle(TestBed bed, boolean twoCpus) throws IOException {
    if (twoCpus) {
      settle("1", "other", 0, bed.pollers(bed.balancerInterface()));
      settle("0", "rr", POLL_PRIORITY, bed.pollers(bed.clientInterface()));
    }
  }

  /**
   * Has the thread that polls the balancer's interface go before all others, as it would in
   * softirq: or a frame waits milliseconds behind whoever has that CPU just then. At full speed it
   * would leave a process no time.
   */
  private void pollAtOnce(TestBed bed) throws IOException {
    settle("1", "rr", POLL_PRIORITY, bed.pollers(bed.balancerInterface()));
  }

  private void settle(String cpu, String policy, int number, List<Long> threads)
      throws IOException {
    if (threads.isEmpty()) {
      throw new IOException("no kernel thread polls the interface");
    }
    var command =
        new ArrayList<>(List.of(workshop.program("settle"), cpu, policy, Integer.toString(number)));
    threads.forEach(thread -> command.add(thread.toString()));
    Command.run(command);
  }

  /** Waits until each server has had a frame: neighbours are resolved, rules are in place. */
  private void awaitDelivery(FarEnds ends) throws IOException {
    long deadline = System.nanoTime() + DELIVERY_NANOS;
    Counters start = ends.read();
    ends.begin(Scenario.PACED_1000, options);
    Counters seen;
    do {
      Meter.pause(LOOK_MILLISECONDS);
      seen = ends.read().since(start);
    } while (!isDelivered(seen) && System.nanoTime() - deadline < 0);
    ends.end();
    if (!isDelivered(seen)) {
      throw new IOException(
          "of %d frames %d came to %d of %d servers"
              .formatted(seen.sent(), seen.delivered(), seen.servers().size(), options.servers));
    }
  }

  private boolean isDelivered(Counters seen) {
    long reached = seen.servers().values().stream().filter(count -> count > 0).count();
    // With many servers for few flows not every one gets a frame.
    int expected = options.flows >= FLOWS_PER_SERVER * options.servers ? options.servers : 1;
    boolean spread = contender == Contender.GENERATOR || reached >= expected;
    return seen.delivered() >= LEAST_FRAMES && spread;
  }

  private static Scenario fastest(boolean twoCpus) {
    return twoCpus ? Scenario.TWO_CPUS_SMALL : Scenario.ONE_CPU_SMALL;
  }

  /**
   * Warms up: a Java process until its compiler takes less than a fiftieth of a CPU. With both CPUs
   * busy that may be soon or late; until then half-compiled code would be measured.
   *
   * <p>Not before the first ARP has come among the other frames: it is the first to take branches
   * that were compiled as never taken, upon which the code is interpreted and compiled anew. At ten
   * frames a second that takes minutes.
   */
  private void warmUp(Meter meter, Balancer balancer, Scenario fastest) throws IOException {
    if (contender != Contender.DSR && contender != Contender.DSR_TWO_LOOPS) {
      meter.measure(fastest, WARM_KERNEL_MILLISECONDS);
      return;
    }
    long start = System.nanoTime();
    long pid = balancer.pid().orElseThrow();
    long compiled = ProcessorTime.ofCompiler(pid);
    for (int round = 0; round < WARM_ROUNDS; round++) {
      boolean allSeen = System.nanoTime() - start > RARE_FRAMES_NANOS;
      meter.measure(fastest, WARM_ROUND_MILLISECONDS);
      long before = compiled;
      compiled = ProcessorTime.ofCompiler(pid);
      if (allSeen && compiled - before < SILENT_COMPILER_NANOS) {
        return;
      }
    }
  }

  private long duration(Scenario scenario) {
    // At ten a second there is little to count: five times as long gives a hundred frames.
    return options.seconds * (scenario == Scenario.PACED_10 ? 5_000L : 1_000L);
  }
}
