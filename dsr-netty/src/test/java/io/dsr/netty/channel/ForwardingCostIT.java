package io.dsr.netty.channel;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.netty.channel.FrameProcessor.Verdict;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What the event loop's thread allocates for a frame, and how long it runs without any; by the
 * counters of the virtual machine and of the kernel. With {@code -Ddsr.test.scale=1} ten million
 * frames.
 */
@Timeout(600)
@ParameterizedClass
@EnumSource(ReceivePath.class)
@SuppressWarnings("FutureReturnValueIgnored") // the channel counts frames
final class ForwardingCostIT {

  private static final long FRAMES =
      Math.max(
          100_000, (long) (1e7 * Double.parseDouble(System.getProperty("dsr.test.scale", "0.01"))));
  private static final int MOST_TRIES = 5;
  private static final double NEXT_TO_NOTHING = 2_000.0 / FRAMES + 0.002;
  private static final int WARM_UP = 400_000;
  private static final int UNDER_WAY = 1_024;

  private final ThreeNamespaces net;
  private final PacketChannel peer;
  private final PacketChannel channel;
  private final TestProcessor processor = new TestProcessor();
  private final ByteBuf frame = Unpooled.directBuffer(60).writeBytes(TestFrames.frame(1));

  ForwardingCostIT(ReceivePath path) throws Exception {
    net = new ThreeNamespaces(path, 2);
    peer = net.openIn(net.left, "client", new FrameCollector());
    peer.config().setFilter(FrameFilter.nothing());
    processor.verdict = Verdict.FORWARD;
    channel = net.open("in", processor);
  }

  @AfterEach
  void end() {
    net.close();
    frame.release();
  }

  /** Sends frames, a few under way at a time, until the channel has had them all. */
  private void send(long frames) throws Exception {
    long before = seen();
    for (long sent = 0; sent < frames; sent += 64) {
      peer.eventLoop().submit(this::sendBurst).sync();
      while (sent + 64 - (seen() - before) > UNDER_WAY) {
        Thread.sleep(0, 100_000);
      }
    }
    while (seen() - before < frames) {
      Thread.sleep(1);
    }
  }

  private void sendBurst() {
    for (int i = 0; i < 64; i++) {
      peer.write(frame.retain(), peer.quietPromise());
    }
    peer.flush();
  }

  private long seen() {
    PacketStatistics statistics = channel.statistics();
    return statistics.received() + statistics.kernelDrops();
  }

  private long allocated() throws Exception {
    return channel.eventLoop().submit(ThreadCost::allocated).get();
  }

  private double allocatedAFrame() throws Exception {
    send(WARM_UP);
    return allocatedBySome();
  }

  private double allocatedBySome() throws Exception {
    long before = allocated();
    send(FRAMES);
    double bytes = (double) (allocated() - before) / FRAMES;
    System.out.printf(
        "%s: %.4f B a frame, over %,d%n", channel.config().getReceivePath(), bytes, FRAMES);
    return bytes;
  }

  @Test
  void allocatesNothingForAFrameThatIsForwardedInline() throws Exception {
    double bytes = allocatedAFrame();
    // Code that is not compiled yet allocates: sooner or later it is. What is left is this test's
    // own question.
    for (int again = 0; again < MOST_TRIES && bytes >= NEXT_TO_NOTHING; again++) {
      bytes = allocatedBySome();
    }

    assertThat(bytes).isLessThan(NEXT_TO_NOTHING);
    assertThat(channel.statistics().forwarded()).isPositive();
  }

  @Test
  void allocatesAtMostFourBytesForAFrameThatAHandlerSees() throws Exception {
    var seeing =
        new ChannelInboundHandlerAdapter() {
          @Override
          public void channelRead(ChannelHandlerContext context, Object message) {
            channel.write(message, channel.quietPromise());
          }

          @Override
          public void channelReadComplete(ChannelHandlerContext context) {
            channel.flush();
          }
        };
    channel.eventLoop().submit(() -> channel.pipeline().addFirst(seeing)).sync();

    // Netty's recycler: chunks of 34 references, one for each 32 entries of the outbound buffer
    // that are in flight beyond the first 32.
    assertThat(allocatedAFrame()).isLessThanOrEqualTo(4);

    assertThat(channel.statistics().forwarded()).isZero();
  }

  @Test
  void costsNothingOnceTrafficHasEndedAndNextToNothingForAFrameNowAndThen() throws Exception {
    channel.config().setBusyPollNanos(1_000_000);
    send(WARM_UP);
    Path thread = channel.eventLoop().submit(ThreadCost::ofThread).get();

    long before = ThreadCost.nanosAtRest(thread);
    MILLISECONDS.sleep(500); // what is measured is that nothing happens
    long idle = ThreadCost.nanos(thread) - before;
    for (int i = 0; i < 20; i++) {
      peer.writeAndFlush(frame.retain()).sync();
      MILLISECONDS.sleep(10); // ten times as long as it would wait for more
    }
    long sparse = ThreadCost.nanos(thread) - before - idle;

    assertThat(idle).as("nanoseconds in 0.5 s").isLessThan(2_500_000);
    assertThat(sparse).as("nanoseconds for 20 frames").isLessThan(20_000_000);
  }
}
