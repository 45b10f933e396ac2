package io.dsr.netty.channel;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** Keeps the test's own frames, and lets go of what the kernel says of itself. */
final class FrameCollector extends ChannelInboundHandlerAdapter {

  final BlockingQueue<ByteBuf> frames = new LinkedBlockingQueue<>();
  final BlockingQueue<Object> events = new LinkedBlockingQueue<>();

  /** Returns the next frames, or fails after a while. */
  List<ByteBuf> take(int count) throws InterruptedException {
    List<ByteBuf> taken = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      ByteBuf frame = frames.poll(5, SECONDS);
      assertThat(frame).as("frame %d of %d", i, count).isNotNull();
      taken.add(frame);
    }
    return taken;
  }

  /** Takes the next frame, and returns its number. */
  int takeNumber() throws InterruptedException {
    ByteBuf frame = take(1).getFirst();
    try {
      return TestFrames.number(frame);
    } finally {
      frame.release();
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf frame = (ByteBuf) message;
    if (frame.getUnsignedShort(12) < 0x86dd
        || frame.getUnsignedShort(12) == TestFrames.EXPERIMENTAL) {
      frames.add(frame);
    } else {
      frame.release();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    events.add(event);
  }
}
