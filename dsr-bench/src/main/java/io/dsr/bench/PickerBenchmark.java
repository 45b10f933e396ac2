package io.dsr.bench;

import io.dsr.core.HashKey;
import io.dsr.core.Picker;
import io.dsr.core.Servers;
import io.dsr.core.connection.FlowKey;
import io.dsr.core.scheduler.Schedulers;
import java.net.InetAddress;
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

  /** The scheduler, by its IPVS name. */
  @Param({"rr", "wrr", "lc", "wlc", "sh", "mh"})
  public String scheduler;

  /** How many servers it picks from. */
  @Param({"16", "1000"})
  public int servers;

  private final FlowKey flow = new FlowKey(HashKey.PLACEMENT);
  private Picker picker;
  private int client;

  /** Makes the picker. */
  @Setup
  public void makePicker() {
    picker = Schedulers.named(scheduler).orElseThrow().newPicker(new Pool(servers));
  }

  /** Picks for the next client. */
  @Benchmark
  public int pick() {
    client++;
    flow.ipv4(0x0a00_0000 + (client & 0xff_ffff), SampleFrames.VIP, client & 0xffff, 80, 6);
    return picker.pick(flow);
  }

  private record Pool(int size) implements Servers {

    @Override
    public int slot(int position) {
      return position;
    }

    @Override
    public InetAddress address(int position) {
      return InetAddress.ofLiteral("10.1." + (position >> 8) + "." + (position & 0xff));
    }

    @Override
    public int weight(int position) {
      return 1 + (position & 3);
    }

    @Override
    public int configuredWeight(int position) {
      return weight(position);
    }

    @Override
    public int active(int position) {
      return (position * 31) & 0xff;
    }

    @Override
    public int inactive(int position) {
      return (position * 17) & 0xff;
    }

    @Override
    public HashKey hashKey() {
      return HashKey.PLACEMENT;
    }
  }
}
