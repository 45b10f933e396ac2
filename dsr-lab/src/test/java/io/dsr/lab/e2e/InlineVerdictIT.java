package io.dsr.lab.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.dsr.core.BalancerStatistics;
import io.dsr.core.Verdict;
import io.dsr.core.VirtualService;
import io.dsr.core.scheduler.Schedulers;
import io.dsr.lab.EmbeddedBalancer;
import io.dsr.lab.Lab;
import io.dsr.lab.Requirements;
import io.dsr.lab.RunningBalancer;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** A balancer decides before the pipeline, unless somebody in front wants to see the frames. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class InlineVerdictIT {

  private static final int PORT = 9;
  private static final int ETHER_TYPE = 12;
  private static final int IPV4_DESTINATION = 30;
  private static final int IPV4 = 0x0800;

  @TempDir Path folder;

  private Lab lab;

  @BeforeAll
  void build() throws Exception {
    assumeThat(Requirements.whyNot()).isEmpty();
    lab = Lab.builder().servers(2).build();
  }

  @AfterAll
  void takeDown() {
    if (lab != null) {
      lab.close();
    }
  }

  /** Counts the frames for the VIP, as they come and as they go. */
  private static final class Counting extends ChannelDuplexHandler {
    private static final int VIP = Lab.VIP.hashCode();
    volatile int read;
    volatile int written;

    private static boolean isForVip(Object message) {
      var frame = (ByteBuf) message;
      return frame.getUnsignedShort(ETHER_TYPE) == IPV4 && frame.getInt(IPV4_DESTINATION) == VIP;
    }

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes
    public void channelRead(ChannelHandlerContext context, Object message) {
      read += isForVip(message) ? 1 : 0;
      context.fireChannelRead(message);
    }

    @Override
    @SuppressWarnings({"NonAtomicVolatileUpdate", "FutureReturnValueIgnored"})
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
      written += isForVip(message) ? 1 : 0;
      context.write(message, promise);
    }
  }

  private VirtualService service() {
    return RunningBalancer.udp(Lab.VIP, PORT, Schedulers.roundRobin(), lab.servers());
  }

  private int send(int datagrams) throws Exception {
    return lab.client()
        .namespace()
        .call(() -> {
          try (var socket = new DatagramSocket()) {
            var to = new InetSocketAddress(Lab.VIP, PORT);
            for (int i = 0; i < datagrams; i++) {
              socket.send(new DatagramPacket(new byte[100], 100, to));
              LockSupport.parkNanos(20_000);
            }
          }
          return datagrams;
        });
  }

  private static long forwarded(BalancerStatistics statistics) {
    return statistics.verdicts().entrySet().stream()
        .filter(verdict -> verdict.getKey().action() == Verdict.Action.FORWARD)
        .mapToLong(Map.Entry::getValue)
        .sum();
  }

  @Test
  void showsEveryFrameToAHandlerThatStandsInFront() throws Exception {
    var counting = new Counting();
    try (var balanced =
        EmbeddedBalancer.start(
            lab, builder -> builder.pipeline(all -> all.addFirst(counting)), service())) {
      int sent = send(1_000);

      RunningBalancer.awaitTrue(
          "all forwarded", () -> forwarded(balanced.balancer().statistics()) == sent);
      RunningBalancer.awaitTrue("all written", () -> counting.written >= sent);
      assertThat(counting.read).isEqualTo(sent);
      assertThat(counting.written).isEqualTo(sent);
    }
  }

  @Test
  void showsAHandlerBehindOnlyWhatIsPassedOn() throws Exception {
    var counting = new Counting();
    try (var balanced =
        EmbeddedBalancer.start(
            lab, builder -> builder.pipeline(all -> all.addLast(counting)), service())) {
      int sent = send(1_000);

      RunningBalancer.awaitTrue(
          "all forwarded", () -> forwarded(balanced.balancer().statistics()) == sent);
      assertThat(counting.read).isZero();
      assertThat(counting.written).isZero();
    }
  }

  @Test
  void losesNothingWhenACaptureBeginsAndEndsInTheMiddleOfTraffic() throws Exception {
    try (var balanced = EmbeddedBalancer.start(lab, service())) {
      var captures = new AtomicInteger();
      var sending = CompletableFuture.supplyAsync(() -> sendWhile(balanced, captures));
      while (!sending.isDone()) {
        EmbeddedBalancer.await(balanced.balancer().startCapture(folder.resolve("capture.pcap")));
        EmbeddedBalancer.await(balanced.balancer().stopCapture());
        captures.incrementAndGet();
      }
      int sent = sending.get();

      RunningBalancer.awaitTrue(
          "all forwarded", () -> forwarded(balanced.balancer().statistics()) == sent);
      assertThat(captures.get()).isGreaterThan(3);
      assertThat(balanced.balancer().statistics().kernelDrops()).isZero();
      assertThat(balanced.balancer().statistics().sendDrops()).isZero();
    }
  }

  /**
   * Sends 20,000 datagrams, and more until there were captures among them; never more at once than
   * the ring holds, whatever keeps the loop from its CPU.
   */
  private int sendWhile(EmbeddedBalancer balanced, AtomicInteger captures) {
    int sent = 0;
    try {
      while (sent < 20_000 || captures.get() <= 3) {
        sent += send(2_000);
        int all = sent;
        RunningBalancer.awaitTrue(
            "forwarded", () -> forwarded(balanced.balancer().statistics()) == all);
      }
      return sent;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}
