package io.dsr.bench;

import io.dsr.core.HashKey;
import io.dsr.core.Picker;
import io.dsr.core.flow.FlowKey;
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

/** One pick of each scheduler. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class PickerBenchmark {

  /** How many servers it picks from. */
  @Param({"16", "1000"})
  public int servers;

  private final FlowKey flow = new FlowKey(HashKey.PLACEMENT);
  private Picker picker;
  private int client;

  /** Makes the picker. */
  @Setup
  public void makePicker(NamedScheduler scheduler) {
    picker = scheduler.get().newPicker(new ServerPool(servers));
  }

  /** Picks for the next client. */
  @Benchmark
  public int pick() {
    client++;
    int address = 0x0a00_0000 + (client & 0xff_ffff);
    flow.ipv4(address, SampleFrame.VIP, client & 0xffff, SampleFrame.PORT, 6);
    return picker.pick(flow);
  }
}
