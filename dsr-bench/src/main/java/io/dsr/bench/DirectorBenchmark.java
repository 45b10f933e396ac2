package io.dsr.bench;

import io.dsr.core.HashKey;
import io.dsr.core.Ticker;
import io.dsr.core.VirtualService;
import io.dsr.core.director.Director;
import io.dsr.core.director.DirectorLimits;
import io.dsr.core.director.Plan;
import io.dsr.core.director.Planner;
import io.dsr.core.director.Verdict;
import io.dsr.core.membership.Membership;
import io.dsr.core.membership.Reachability;
import io.dsr.core.membership.ServerCounters;
import io.dsr.core.membership.Slots;
import io.dsr.core.scheduler.Schedulers;
import io.netty.buffer.ByteBuf;
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

/** The whole decision about one frame: of a flow that is remembered, and of one that is new. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class DirectorBenchmark {

  private static final int SYN = 2;
  private static final int ACK = 16;
  private static final int SERVERS = 16;

  /** How many flows are remembered. */
  @Param({"1024", "1048576"})
  public int flows;

  /** The service's scheduler, by its IPVS name. */
  @Param({"wlc", "mh"})
  public String scheduler;

  private final Slots slots = new Slots(SERVERS);
  private final ServerCounters counters = new ServerCounters(SERVERS);
  private final ByteBuf segment = SampleFrames.tcp(ACK);
  private final ByteBuf opening = SampleFrames.tcp(SYN);
  private Director director;
  private int hit;
  private int miss;
  private long now;

  /** Opens the flows. */
  @Setup
  public void openFlows() {
    VirtualService service =
        VirtualService.tcp("192.0.2.10", 80).scheduler(Schedulers.named(scheduler).orElseThrow());
    Membership membership = Membership.empty(slots);
    for (int server = 0; server < SERVERS; server++) {
      service = service.realServer("192.0.2." + (100 + server));
    }
    membership = membership.put(service);
    for (InetAddress server : membership.servers()) {
      membership = membership.reachability(server, Reachability.REACHABLE);
    }
    for (int slot = 0; slot < SERVERS; slot++) {
      slots.mac(slot, 0x0200_0000_0100L + slot);
    }
    Planner planner = new Planner(counters, HashKey.PLACEMENT, Ticker.system(), 1);
    var limits = new DirectorLimits(2 * flows, HashKey.PLACEMENT);
    director = new Director(slots, counters, SampleFrames.BALANCER_MAC, limits, 0);
    director.plan(planner.plan(membership, Plan.EMPTY), 0);
    for (int client = 0; client < flows; client++) {
      decide(opening, client);
      decide(segment, client);
    }
  }

  /** A segment of a remembered flow: classified, found, counted, rewritten. */
  @Benchmark
  public Verdict hit() {
    // An odd stride through a power of two: every flow in turn, none near the last one.
    hit = (hit + 7_919) & (flows - 1);
    return decide(segment, hit);
  }

  /** The first segment of a flow, scheduled and remembered; the flow of long ago expires for it. */
  @Benchmark
  public Verdict miss() {
    miss = (miss + 1) & 0xff_ffff;
    if ((miss & 0x3ff) == 0) {
      now += 61_000_000_000L;
      director.advance(now);
    }
    return decide(opening, flows + miss);
  }

  private Verdict decide(ByteBuf frame, int client) {
    SampleFrames.addressed(frame);
    SampleFrames.client(frame, client);
    return director.direct(frame);
  }
}
