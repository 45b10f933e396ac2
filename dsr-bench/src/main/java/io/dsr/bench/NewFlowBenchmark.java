package io.dsr.bench;

import io.dsr.core.Verdict;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A flow that is new to a director with 1,000 servers: its SYN, its first ACK, and the end of the
 * flow that has been silent for longest.
 *
 * <p>Time passes so that the number of flows stays what it is.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class NewFlowBenchmark {

  private static final int SERVERS = 1_000;
  private static final int BATCH = 64;
  private static final int CLIENTS = 1 << 24;

  /** How long an established flow is remembered. */
  private static final long LIFETIME_NANOS = 900_000_000_000L;

  /** How many flows are remembered. */
  @Param({"1024", "1048576"})
  public int flows;

  private final SampleFrame frame = new SampleFrame(Traffic.TCP_IPV4);
  private BenchDirector director;
  private int client;

  /** Opens as many flows as stay. */
  @Setup
  public void openFlows(NamedScheduler scheduler) {
    director = new BenchDirector(Traffic.TCP_IPV4, scheduler.scheduler, SERVERS, 2 * flows);
    for (int i = 0; i < flows + flows / 8; i++) {
      newFlow();
    }
    Check.near("flows", flows, director.connections());
  }

  /** Sees that the flows were as many as asked for until the end. */
  @TearDown
  public void countFlows() {
    Check.near("flows", flows, director.connections());
  }

  /** Two frames in, one flow more and one less. */
  @Benchmark
  public Verdict newFlow() {
    client = (client + 1) & (CLIENTS - 1);
    director.direct(frame.client(client).flags(SampleFrame.SYN));
    Verdict verdict = director.direct(frame.client(client).flags(SampleFrame.ACK));
    if (client % BATCH == 0) {
      director.advance(LIFETIME_NANOS / flows * BATCH);
    }
    return verdict;
  }
}
