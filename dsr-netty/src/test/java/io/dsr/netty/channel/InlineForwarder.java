package io.dsr.netty.channel;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** Does before the pipeline what a {@link MacForwarder} does in it. */
final class InlineForwarder extends MacForwarder implements FrameProcessor {

  InlineForwarder(long own, long source, long destination) {
    super(own, source, destination);
  }

  @Override
  public Verdict process(PacketFrame frame) {
    if (!rewrite(frame)) {
      return Verdict.DROP;
    }
    ByteBuf ready = onward.apply(frame);
    return ready.equals(frame) ? Verdict.FORWARD : Verdict.DROP;
  }

  @Override
  public @Nullable PacketChannel egress() {
    return to;
  }
}
