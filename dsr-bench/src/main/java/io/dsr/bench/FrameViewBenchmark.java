package io.dsr.bench;

import io.dsr.core.frame.EthernetFrame;
import io.dsr.core.frame.Ipv4Packet;
import io.dsr.core.frame.TcpSegment;
import io.netty.buffer.ByteBuf;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What it costs to look at a frame, layer by layer, and to change its MAC addresses. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class FrameViewBenchmark {

  private final ByteBuf frame = new SampleFrame(Traffic.TCP_IPV4).bytes();
  private final EthernetFrame ethernet = new EthernetFrame();
  private final Ipv4Packet ip = new Ipv4Packet();
  private final TcpSegment tcp = new TcpSegment();

  /** Wraps an Ethernet header and rewrites both addresses. */
  @Benchmark
  public long rewriteAddresses() {
    ethernet.wrap(frame);
    ethernet.destination(0x0200_0000_00bbL).source(0x0200_0000_00aaL);
    return ethernet.destination();
  }

  /** Wraps Ethernet, IPv4 and TCP, and reads what makes a flow. */
  @Benchmark
  public long readFlow() {
    ethernet.wrap(frame);
    ip.wrap(frame, ethernet.payloadIndex());
    tcp.wrap(frame, ip.payloadIndex(), ip.payloadLength());
    return ip.source() + ip.destination() + tcp.sourcePort() + tcp.destinationPort() + tcp.flags();
  }
}
