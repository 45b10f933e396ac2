package io.dsr.netty.channel;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import org.jspecify.annotations.Nullable;

/** Decides in the same way about each of the tests' own frames; the rest is dropped. */
final class TestProcessor extends ChannelInboundHandlerAdapter implements FrameProcessor {

  volatile Verdict verdict = Verdict.PASS;
  @Nullable PacketChannel egress;
  int closeAt = -1;
  volatile boolean fails;
  volatile int seen;
  volatile int read;
  private @Nullable ChannelHandlerContext context;

  @Override
  public void handlerAdded(ChannelHandlerContext added) {
    context = added;
  }

  @Override
  @SuppressWarnings({"FutureReturnValueIgnored", "NonAtomicVolatileUpdate"}) // one thread writes
  public Verdict process(PacketFrame frame) {
    if (frame.getUnsignedShort(12) != TestFrames.EXPERIMENTAL) {
      return Verdict.DROP;
    }
    // Before it is counted: whoever waits for the count asks for something else after it.
    Verdict asked = verdict;
    boolean failing = fails;
    seen++;
    if (failing) {
      throw new IllegalStateException("as asked for");
    }
    if (TestFrames.number(frame) == closeAt && context != null) {
      context.close();
    }
    return asked;
  }

  @Override
  public @Nullable PacketChannel egress() {
    return egress;
  }

  @Override
  @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes
  public void channelRead(ChannelHandlerContext reading, Object message) {
    read++;
    reading.fireChannelRead(message);
  }
}
