package io.dsr.bench.packet;

import io.dsr.netty.NeighbourTimings;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * A contender that takes its turns: its balancer, started and warmed up, on a test bed of its own.
 * While another one is measured its process is stopped.
 */
final class Turn implements AutoCloseable {

  private static final long WARM_MILLISECONDS = 300;
  private static final long WARM_ROUND_MILLISECONDS = 2_000;
  private static final int WARM_ROUNDS = 24;
  private static final long RARE_FRAMES_NANOS =
      NeighbourTimings.DEFAULT.refresh().plusSeconds(2).toNanos();
  private static final long SILENT_COMPILER_NANOS = WARM_ROUND_MILLISECONDS * 1_000_000 / 50;
  private static final long WARM_PACED_MILLISECONDS = 500;
  // What runs but a few times a second is compiled that much later.
  private static final long WARM_RARE_MILLISECONDS = 35_000;
  private static final long CATCH_UP_MILLISECONDS = 1_500;
  private static final long DELIVERY_NANOS = 5_000_000_000L;
  private static final long LOOK_MILLISECONDS = 100;
  private static final long LEAST_FRAMES = 20;
  private static final long SMOKE_MILLISECONDS = 500;
  private static final long SMOKE_DRAIN_MILLISECONDS = 3_000;
  private static final int FLOWS_PER_SERVER = 64;
  private static final int POLL_PRIORITY = 10;

  private final Contender contender;
  private final Workshop workshop;
  private final Options options;
  private final TestBed bed;
  private final Balancer balancer;
  private final FarEnds ends;
  private final Meter meter;
  private final Deque<Runnable> closing;
  private boolean pollsFirst;
  private boolean warmWhenRare;

  private Turn(
      Contender contender,
      Workshop workshop,
      Options options,
      boolean twoCpus,
      Deque<Runnable> closing)
      throws IOException {
    this.contender = contender;
    this.workshop = workshop;
    this.options = options;
    this.closing = closing;
    bed = TestBed.build(twoCpus);
    closing.push(bed::close);
    balancer = Balancer.start(contender, bed, workshop, options);
    closing.push(balancer::close);
    ends =
        contender == Contender.GENERATOR
            ? FarEnds.faceToFace(workshop, bed)
            : FarEnds.atClient(workshop, bed);
    closing.push(ends::close);
    List<Long> pollers = twoCpus ? bed.pollers(bed.balancerInterface()) : List.of();
    meter = new Meter(ends, options, balancer.pid(), pollers);
  }

  /**
   * Gets a contender ready.
   *
   * @param twoCpus whether the balancer has a CPU of its own
   * @throws IOException if the contender does not start or delivers nothing
   */
  static Turn begin(Contender contender, Workshop workshop, Options options, boolean twoCpus)
      throws IOException {
    var closing = new ArrayDeque<Runnable>();
    try {
      var turn = new Turn(contender, workshop, options, twoCpus, closing);
      if (twoCpus) {
        turn.settle("1", "other", 0, turn.bed.pollers(turn.bed.balancerInterface()));
        // Before the generator, which never sleeps.
        turn.settle("0", "rr", POLL_PRIORITY, turn.bed.pollers(turn.bed.clientInterface()));
      }
      turn.awaitDelivery();
      turn.bed.coalesce(twoCpus);
      turn.warmUp(twoCpus ? Scenario.TWO_CPUS_SMALL : Scenario.ONE_CPU_SMALL);
      turn.balancer.rest();
      return turn;
    } catch (IOException | RuntimeException | Error e) {
      closeAll(closing);
      throw e;
    }
  }

  /** Measures a scenario for half a second, with nothing pinned, polled or warmed. */
  static Measurement smoke(
      Contender contender, Workshop workshop, Options options, Scenario scenario)
      throws IOException {
    var closing = new ArrayDeque<Runnable>();
    try {
      var turn = new Turn(contender, workshop, options, false, closing);
      turn.awaitDelivery();
      return turn.meter.measure(scenario, SMOKE_MILLISECONDS, SMOKE_DRAIN_MILLISECONDS);
    } finally {
      closeAll(closing);
    }
  }

  /** Measures a scenario, of as many CPUs as this was begun with. */
  Measurement measure(Scenario scenario) throws IOException {
    balancer.wake();
    try {
      return awake(scenario);
    } finally {
      balancer.rest();
    }
  }

  private Measurement awake(Scenario scenario) throws IOException {
    if (scenario.twoCpus()) {
      bed.coalesce(scenario.rate() == 0);
    }
    if (scenario.rate() < 0) {
      Meter.pause(CATCH_UP_MILLISECONDS); // with all timers that came due while it was stopped
    } else if (scenario.rate() > 0) {
      poll(Scenario.PACED_50000);
      meter.measure(Scenario.PACED_50000, WARM_PACED_MILLISECONDS);
    }
    if (scenario.twoCpus()) {
      poll(scenario);
    }
    if (scenario == Scenario.PACED_10 && isJava() && !warmWhenRare) {
      warmWhenRare = true;
      meter.measure(scenario, WARM_RARE_MILLISECONDS);
    }
    return meter.measure(scenario, scenario.milliseconds(options) / scenario.parts());
  }

  /**
   * Has the thread that polls the balancer's interface go before all others where frames are few,
   * as it would in softirq: or a frame waits milliseconds behind whoever has that CPU just then. As
   * often as 50,000 times a second, going first costs a thread what it does not cost softirq.
   */
  private void poll(Scenario scenario) throws IOException {
    if (pollsFirst != scenario.isRare()) {
      pollsFirst = scenario.isRare();
      settle(
          "1",
          pollsFirst ? "rr" : "other",
          pollsFirst ? POLL_PRIORITY : 0,
          bed.pollers(bed.balancerInterface()));
    }
  }

  /** Pins kernel threads and gives them a policy. */
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
  private void awaitDelivery() throws IOException {
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

  private boolean isJava() {
    return contender == Contender.DSR || contender == Contender.DSR_TWO_LOOPS;
  }

  /**
   * Warms up: a Java process until its compiler takes less than a fiftieth of a CPU. With both CPUs
   * busy that may be soon or late; until then half-compiled code would be measured.
   *
   * <p>Not before the first ARP has come among the other frames: it is the first to take branches
   * that were compiled as never taken, upon which the code is interpreted and compiled anew. At ten
   * frames a second that takes minutes.
   */
  private void warmUp(Scenario fastest) throws IOException {
    if (!isJava()) {
      meter.measure(fastest, WARM_MILLISECONDS);
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

  /** Ends the balancer and takes the test bed away. */
  @Override
  public void close() {
    closeAll(closing);
  }

  /** Runs all, the one pushed last first, even if some fail; then the last failure is thrown. */
  static void closeAll(Deque<Runnable> closing) {
    RuntimeException failure = null;
    while (!closing.isEmpty()) {
      try {
        closing.pop().run();
      } catch (RuntimeException e) {
        failure = e;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
