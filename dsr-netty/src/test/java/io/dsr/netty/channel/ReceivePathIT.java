package io.dsr.netty.channel;

import static io.dsr.netty.channel.TestFrames.frame;
import static io.dsr.netty.channel.TestFrames.hex;
import static io.dsr.netty.channel.TestFrames.number;
import static io.dsr.netty.channel.TestFrames.tagged;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dsr.linux.Errno;
import io.dsr.netty.channel.FrameProcessor.Verdict;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What holds for every way of receiving. */
@Timeout(60)
@ParameterizedClass
@EnumSource(ReceivePath.class)
final class ReceivePathIT {

  private final ThreeNamespaces net;
  private final FrameCollector frames = new FrameCollector();
  private final PacketChannel peer;
  private final ReceivePath path;

  ReceivePathIT(ReceivePath path) throws Exception {
    this.path = path;
    net = new ThreeNamespaces(path, 2);
    peer = net.openIn(net.left, "client", new FrameCollector());
  }

  @AfterEach
  void end() {
    net.close();
  }

  @Test
  void putsTheTagBackAndKeepsThePacketType() throws Exception {
    PacketChannel channel = net.open("in", frames);

    peer.writeAndFlush(Unpooled.wrappedBuffer(tagged())).sync();

    var frame = (PacketFrame) frames.take(1).getFirst();
    assertThat(hex(frame)).isEqualTo(hex(Unpooled.wrappedBuffer(tagged())));
    assertThat(frame.packetType()).as("broadcast").isEqualTo(1);
    assertThat(Vlans.retagInPlace(frame, 5)).isTrue();
    frame.release();
    assertThat(channel.statistics().path()).isEqualTo(path);
  }

  @Test
  void showsFramesAheadInTheOrderInWhichTheyAreDecidedAbout() throws Exception {
    PacketChannel channel = net.open("in", frames);
    var processor = new AheadProcessor();
    channel.eventLoop().submit(() -> channel.pipeline().addFirst(processor)).sync();
    int count = 5_000;

    for (int from = 0; from < count; from += 100) {
      for (int i = from; i < from + 100; i++) {
        write(frame(i));
      }
      peer.flush();
      for (int i = from; i < from + 100; i++) {
        frames.takeNumber();
      }
    }

    assertThat(processor.ahead).as("shown before").isGreaterThan(count / 10);
    assertThat(processor.mistakes).isEmpty();
  }

  @Test
  void receivesFramesOfAllSizesInOrderFromAnyThreadsHands() throws Exception {
    net.open("in", frames);
    int count = 5_000;

    for (int from = 0; from < count; from += 100) {
      for (int i = from; i < from + 100; i++) {
        write(frame(i, 60 + i % 1455));
      }
      peer.flush();
      for (int i = from; i < from + 100; i++) {
        ByteBuf frame = frames.take(1).getFirst();
        assertThat(number(frame)).isEqualTo(i);
        assertThat(frame.readableBytes()).isEqualTo(60 + i % 1455);
        frame.release();
      }
    }
  }

  @Test
  void keepsWhatIsHeldWhileOthersComeAndGo() throws Exception {
    net.open("in", frames);

    List<ByteBuf> held = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      peer.writeAndFlush(frame(i)).sync();
      ByteBuf frame = frames.take(1).getFirst();
      assertThat(number(frame)).isEqualTo(i);
      if (i % 2 == 0) {
        held.add(frame);
      } else {
        frame.release();
      }
    }
    assertThat(held)
        .extracting(TestFrames::number)
        .containsExactlyElementsOf(IntStream.range(0, 20).map(i -> i * 2).boxed().toList());
    held.forEach(ByteBuf::release);
    for (int i = 0; i < 1_000; i++) {
      peer.writeAndFlush(frame(i)).sync();
      assertThat(frames.takeNumber()).isEqualTo(i);
    }
  }

  @Test
  void countsWhatAFullRingLosesAndGoesOn() throws Exception {
    PacketChannel channel = openPaused();
    int sent = 20_000;
    for (int i = 0; i < sent; i++) {
      write(frame(i, 1400));
      if (i % 100 == 99) {
        peer.writeAndFlush(frame(i, 1400)).sync();
      }
    }

    channel.config().setAutoRead(true);

    int received = 0;
    int all = sent + sent / 100;
    while (received + channel.statistics().kernelDrops() < all) {
      frames.take(1).getFirst().release();
      received++;
    }
    long drops = channel.statistics().kernelDrops();
    assertThat(drops).isPositive();
    assertThat(received + drops).isEqualTo(all);
    peer.writeAndFlush(frame(7)).sync();
    assertThat(frames.takeNumber()).isEqualTo(7);
  }

  private PacketChannel openPaused() throws Exception {
    var bootstrap =
        net.bootstrap(frames)
            .option(PacketChannelOption.RECEIVE_PATH, path)
            .option(PacketChannelOption.RING_FRAMES, 1024)
            .option(ChannelOption.SO_RCVBUF, 1 << 20)
            .option(ChannelOption.AUTO_READ, false);
    return ThreeNamespaces.bind(net.middle, "in", bootstrap);
  }

  @Test
  void stopsInTheMiddleOfABatchAndReadsTheRestWhenAskedTo() throws Exception {
    PacketChannel channel = openPaused();
    channel.eventLoop().submit(() -> channel.pipeline().addFirst(new Stopping(3))).sync();
    for (int i = 0; i < 10; i++) {
      write(frame(i));
    }
    peer.writeAndFlush(frame(10)).sync();

    channel.config().setAutoRead(true);

    for (int i = 0; i < 4; i++) {
      assertThat(frames.takeNumber()).isEqualTo(i);
    }
    assertThat(frames.frames.poll(100, MILLISECONDS)).isNull();
    channel.config().setAutoRead(true);
    for (int i = 4; i < 11; i++) {
      assertThat(frames.takeNumber()).isEqualTo(i);
    }
  }

  /** Switches autoRead off at one frame. */
  private static final class Stopping extends ChannelInboundHandlerAdapter {
    private final int at;

    Stopping(int at) {
      this.at = at;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      boolean reached = number((ByteBuf) message) == at;
      if (reached) {
        context.channel().config().setAutoRead(false);
      }
      context.fireChannelRead(message); // whoever waits for it switches autoRead on again
    }
  }

  @Test
  void closesInTheMiddleOfABatch() throws Exception {
    PacketChannel channel = openPaused();
    var processor = new TestProcessor();
    processor.verdict = Verdict.FORWARD;
    processor.closeAt = 3;
    channel.eventLoop().submit(() -> channel.pipeline().addFirst(processor)).sync();
    for (int i = 0; i < 10; i++) {
      write(frame(i));
    }
    peer.writeAndFlush(frame(10)).sync();

    channel.config().setAutoRead(true);
    channel.closeFuture().await();

    channel.eventLoop().submit(() -> {}).sync();
    assertThat(processor.seen).isEqualTo(4);
    PacketStatistics counts = channel.statistics();
    assertThat(counts.unsent() + counts.sent() + counts.noEgress()).isEqualTo(counts.forwarded());
    assertThat(counts.unread() + counts.received()).isEqualTo(counts.kernelFrames());
    // A block of the ring is sent before the next is looked at, and may end at any frame.
    int before = path == ReceivePath.TPACKET_V3 ? processor.closeAt : 0;
    assertThat(channel.statistics().sent())
        .as("the socket was closed first")
        .isLessThanOrEqualTo(before);
  }

  @Test
  void countsWhatNobodyHasReadWhenItCloses() throws Exception {
    PacketChannel channel = openPaused();
    for (int i = 0; i < 9; i++) {
      write(frame(i));
    }
    peer.writeAndFlush(frame(9)).sync();
    while (channel.statistics().kernelFrames() < 10) {
      Thread.sleep(1);
    }

    channel.close().sync();

    assertThat(channel.statistics().unread()).isEqualTo(10);
    assertThat(channel.statistics().received()).isZero();
  }

  @Test
  void keepsAFrameReadableAfterClose() throws Exception {
    PacketChannel channel = net.open("in", frames);
    peer.writeAndFlush(frame(7)).sync();
    ByteBuf held = frames.take(1).getFirst();
    var view = held.nioBuffer();

    channel.close().sync();
    assertThat(number(held)).isEqualTo(7);
    held.release();

    assertThatThrownBy(() -> view.get(0)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void tellsOfALinkThatGoesDownAndReadsOnWhenItIsUp() throws Exception {
    PacketChannel channel = net.open("in", frames);

    net.middle.ip("link set in down");
    assertThat(frames.events.poll(5, SECONDS))
        .isEqualTo(new PacketLinkError((PacketAddress) channel.localAddress(), Errno.ENETDOWN));
    net.middle.ip("link set in up");
    ThreeNamespaces.awaitRunning(net.left, "client");
    peer.writeAndFlush(frame(5)).sync();

    assertThat(frames.takeNumber()).isEqualTo(5);
  }

  @SuppressWarnings("FutureReturnValueIgnored") // the flush is waited for
  private void write(ByteBuf frame) {
    peer.write(frame);
  }
}
