package io.dsr.netty.channel;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Rewrites what is addressed to us, as a balancer does, and drops the rest. */
class MacForwarder extends ChannelInboundHandlerAdapter {

  private final long own;
  private final long source;
  private final long destination;
  @Nullable PacketChannel to;
  UnaryOperator<ByteBuf> onward = UnaryOperator.identity();

  MacForwarder(long own, long source, long destination) {
    this.own = own;
    this.source = source;
    this.destination = destination;
  }

  @Override
  @SuppressWarnings("FutureReturnValueIgnored") // nobody waits for a frame
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf frame = (ByteBuf) message;
    if (to == null || !rewrite(frame)) {
      frame.release();
      return;
    }
    to.write(onward.apply(frame), to.quietPromise());
  }

  /** Returns whether the frame is to be forwarded, and has its new addresses then. */
  final boolean rewrite(ByteBuf frame) {
    if (frame.getLong(0) >>> 16 != own) {
      return false;
    }
    frame.setShort(0, (int) (destination >> 32)).setInt(2, (int) destination);
    frame.setShort(6, (int) (source >> 32)).setInt(8, (int) source);
    return true;
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    if (to != null) {
      to.flush();
    }
  }
}
