package io.dsr.bench;

import io.dsr.core.Picker;
import io.dsr.core.scheduler.MaglevOptions;
import io.dsr.core.scheduler.Schedulers;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What a change of servers costs the control thread: a new Maglev table of 1,000 servers. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class MaglevBenchmark {

  private static final int SERVERS = 1_000;

  /** How many entries the table has. */
  @Param({"65537", "655373"})
  public int tableSize;

  private final ServerPool servers = new ServerPool(SERVERS);

  /** Makes a picker. */
  @Benchmark
  public Picker newPicker() {
    return Schedulers.maglev(MaglevOptions.DEFAULT.tableSize(tableSize)).newPicker(servers);
  }
}
