package io.dsr.netty.channel;

import static io.dsr.netty.channel.TestFrames.frame;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.netty.channel.FrameProcessor.Verdict;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Verdicts before the pipeline, and when the pipeline has all frames again. */
@Timeout(60)
@SuppressWarnings("FutureReturnValueIgnored") // a frame comes back, or the test fails
final class FrameProcessorIT {

  private final ThreeNamespaces net;
  private final FrameCollector passed = new FrameCollector();
  private final FrameCollector returned = new FrameCollector();
  private final TestProcessor processor = new TestProcessor();
  private final PacketChannel peer;
  private final PacketChannel channel;

  FrameProcessorIT() throws Exception {
    net = new ThreeNamespaces(ReceivePath.TPACKET_V2, 1);
    peer = net.openIn(net.left, "client", returned);
    channel = net.open("in", passed);
    first(processor);
  }

  private void first(ChannelHandler handler) throws Exception {
    channel.eventLoop().submit(() -> channel.pipeline().addFirst(handler)).sync();
  }

  @AfterEach
  void end() {
    net.close();
  }

  @Test
  void forwardsOutOfTheRingAndNobodyElseSeesIt() throws Exception {
    processor.verdict = Verdict.FORWARD;

    for (int i = 0; i < 1_000; i++) {
      peer.writeAndFlush(frame(i)).sync();
      assertThat(returned.takeNumber()).isEqualTo(i);
    }

    assertThat(channel.statistics().forwarded()).isEqualTo(1_000);
    assertThat(processor.read).isZero();
    assertThat(passed.frames).isEmpty();
  }

  @Test
  void passesAFrameToTheHandlerBehindIt() throws Exception {
    peer.writeAndFlush(frame(5)).sync();

    assertThat(passed.takeNumber()).isEqualTo(5);
    assertThat(processor.seen).isEqualTo(1);
    assertThat(processor.read).isZero();
  }

  @Test
  void dropsWhatItIsToldToAndWhatItThrewAt() throws Exception {
    BlockingQueue<Throwable> caught = new LinkedBlockingQueue<>();
    var listener =
        new ChannelInboundHandlerAdapter() {
          @Override
          public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            caught.add(cause);
          }
        };
    channel.eventLoop().submit(() -> channel.pipeline().addLast(listener)).sync();
    processor.fails = true;
    peer.writeAndFlush(frame(1)).sync();
    assertThat(caught.take()).hasMessage("as asked for");
    assertThat(channel.statistics().failed()).isEqualTo(1);
    processor.fails = false;
    processor.verdict = Verdict.DROP;
    peer.writeAndFlush(frame(2)).sync();
    while (processor.seen < 2) {
      Thread.onSpinWait();
    }
    processor.verdict = Verdict.PASS;
    peer.writeAndFlush(frame(3)).sync();

    assertThat(passed.takeNumber()).isEqualTo(3);
    assertThat(returned.frames.poll(50, MILLISECONDS)).isNull();
  }

  @Test
  void givesEveryFrameToTheHandlerThatStandsInFront() throws Exception {
    processor.verdict = Verdict.DROP;
    var front = new FrameCollector();
    first(front);

    for (int i = 0; i < 100; i++) {
      peer.writeAndFlush(frame(i)).sync();
      assertThat(front.takeNumber()).isEqualTo(i);
    }

    assertThat(processor.seen).isZero();
    channel.eventLoop().submit(() -> channel.pipeline().remove(front)).sync();
    peer.writeAndFlush(frame(5)).sync();
    while (processor.seen == 0) {
      Thread.onSpinWait();
    }
  }

  @Test
  void losesNothingWhileHandlersInFrontComeAndGo() throws Exception {
    processor.verdict = Verdict.FORWARD;
    class Front extends ChannelInboundHandlerAdapter {
      @Override
      public void channelRead(ChannelHandlerContext context, Object message) {
        context.write(((ByteBuf) message).retain());
        context.fireChannelRead(message);
      }

      @Override
      public void channelReadComplete(ChannelHandlerContext context) {
        context.flush();
      }
    }
    channel.eventLoop().submit(() -> channel.pipeline().remove(passed)).sync();
    int sent = 20_000;
    for (int i = 0; i < sent; i++) {
      peer.write(frame(i), peer.quietPromise());
      if (i % 20 == 19) {
        peer.flush();
        boolean odd = i / 20 % 2 == 1;
        channel
            .eventLoop()
            .submit(() -> odd ? channel.pipeline().removeFirst() : addFront(new Front()));
        assertThat(returned.takeNumber()).isEqualTo(i - 19);
        for (int j = i - 18; j <= i; j++) {
          assertThat(returned.takeNumber()).isEqualTo(j);
        }
      }
    }
    assertThat(channel.statistics().forwarded()).isBetween(1L, sent - 1L);
  }

  private Object addFront(ChannelHandler handler) {
    return channel.pipeline().addFirst(handler);
  }

  @Test
  void sendsOnAnotherChannelOfTheLoopAndCountsWhatThatCannotTake() throws Exception {
    var far = new FrameCollector();
    net.openIn(net.right, "server", far);
    PacketChannel out = net.open("out", new FrameCollector());
    processor.egress = out;
    processor.verdict = Verdict.FORWARD;

    peer.writeAndFlush(frame(1)).sync();
    assertThat(far.takeNumber()).isEqualTo(1);
    assertThat(out.statistics().sent()).isEqualTo(1);
    out.close().sync();
    peer.writeAndFlush(frame(2)).sync();
    while (channel.statistics().noEgress() == 0) {
      Thread.onSpinWait();
    }
    processor.egress = null;
    peer.writeAndFlush(frame(3)).sync();

    assertThat(returned.takeNumber()).isEqualTo(3);
  }
}
