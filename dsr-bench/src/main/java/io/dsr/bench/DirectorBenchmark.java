package io.dsr.bench;

import io.dsr.core.Verdict;
import io.dsr.core.datapath.FlowPrefetcher;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** The whole decision about one frame of a flow that is remembered, among 1,000 servers. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class DirectorBenchmark {

  private static final int SERVERS = 1_000;

  /** How many flows are remembered. */
  @Param({"1024", "65536", "1048576"})
  public int flows;

  /** What the flows are. */
  @Param public Traffic traffic;

  private final SampleFrame[] batch = new SampleFrame[FlowPrefetcher.MOST];
  private BenchDirector director;
  private SampleFrame frame;
  private int client;

  /** Opens the flows. */
  @Setup
  public void openFlows() {
    director = new BenchDirector(traffic, "wlc", SERVERS, 2 * flows);
    frame = new SampleFrame(traffic);
    for (int i = 0; i < flows; i++) {
      director.direct(frame.client(i).flags(SampleFrame.SYN));
      director.direct(frame.client(i).flags(SampleFrame.ACK));
    }
    for (int i = 0; i < batch.length; i++) {
      batch[i] = new SampleFrame(traffic).flags(SampleFrame.ACK);
    }
    Check.equal("flows", flows, director.connections());
  }

  /** A frame of a remembered flow: classified, found, counted, rewritten. */
  @Benchmark
  public Verdict hit() {
    // An odd stride through a power of two: every flow in turn, none near the last one.
    client = (client + 7_919) & (flows - 1);
    return director.direct(frame.client(client));
  }

  /** As many frames as can be prefetched, without that. */
  @Benchmark
  @OperationsPerInvocation(FlowPrefetcher.MOST)
  public int batch() {
    for (SampleFrame one : batch) {
      client = (client + 7_919) & (flows - 1);
      one.client(client);
    }
    return direct();
  }

  /** As many frames as can be prefetched, with that. */
  @Benchmark
  @OperationsPerInvocation(FlowPrefetcher.MOST)
  public int prefetchedBatch() {
    for (SampleFrame one : batch) {
      client = (client + 7_919) & (flows - 1);
      director.prefetch(one.client(client));
    }
    director.loadPrefetched();
    return direct();
  }

  private int direct() {
    int sum = 0;
    for (SampleFrame one : batch) {
      sum += director.direct(one).ordinal();
    }
    return sum;
  }
}
