package io.dsr.bench;

import io.dsr.core.flow.CloseReason;
import io.dsr.core.flow.FlowKey;
import io.dsr.core.flow.FlowTracker;
import io.dsr.core.flow.TcpState;
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
import org.openjdk.jmh.annotations.Warmup;

/** The connection table: a segment of a remembered flow, and a flow that comes and goes. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class FlowTrackerBenchmark {

  /** How many flows are remembered. */
  @Param({"1024", "1048576"})
  public int flows;

  /** Whether they are IPv6 ones. */
  @Param({"false", "true"})
  public boolean ipv6;

  private SampleFlows clients;
  private FlowTracker table;
  private int client;

  /** Fills the table. */
  @Setup
  public void fill() {
    clients = new SampleFlows(ipv6);
    table = BenchDirector.table(ipv6, flows + 1);
    for (int flow = 0; flow < flows; flow++) {
      clients.open(table, flow);
    }
  }

  /** Finds a flow and takes note of its segment. */
  @Benchmark
  public int findAndTouch() {
    client = (client + 7_919) & (flows - 1);
    int record = table.find(clients.key(client));
    table.segment(record, TcpState.ACK, client, client, 0);
    return record;
  }

  /** Misses a flow, remembers it and forgets it again. */
  @Benchmark
  public int insertAndRemove() {
    client = (client + 1) & 0xff_ffff;
    FlowKey stranger = clients.key(flows + client);
    int record = table.find(stranger);
    record = record < 0 ? table.insert(stranger, client & 15, 1) : record;
    table.remove(record, CloseReason.REMOVED);
    return record;
  }
}
