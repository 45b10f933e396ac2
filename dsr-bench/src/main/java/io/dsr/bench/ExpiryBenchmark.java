package io.dsr.bench;

import io.dsr.core.flow.FlowTracker;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The end of a million flows at once: all have been silent for too long when time is told next. The
 * score is that of one flow.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 5)
@Measurement(iterations = 10)
public class ExpiryBenchmark {

  private static final int FLOWS = 1 << 20;
  private static final long ARRIVAL_NANOS = 60_000L;
  private static final long AN_HOUR = 3_600_000_000_000L;

  /** Whether the flows are IPv6 ones. */
  @Param({"false", "true"})
  public boolean ipv6;

  private FlowTracker table;
  private SampleFlows flows;
  private long now;

  /** Makes the table. */
  @Setup
  public void makeTable() {
    table = BenchDirector.table(ipv6, FLOWS);
    flows = new SampleFlows(ipv6);
  }

  /** Lets the flows come within a minute. */
  @Setup(Level.Invocation)
  public void fill() {
    for (int client = 0; client < FLOWS; client++) {
      now += ARRIVAL_NANOS;
      table.time(now);
      table.expire();
      flows.open(table, client);
    }
    Check.equal("flows", FLOWS, table.size());
  }

  /** Lets an hour pass, and the table forget them all. */
  @Benchmark
  @OperationsPerInvocation(FLOWS)
  public int advanceToEmpty() {
    now += AN_HOUR;
    table.time(now);
    while (!table.expire()) {
      // The event loop would have a batch of frames here.
    }
    Check.equal("flows", 0, table.size());
    return table.size();
  }
}
