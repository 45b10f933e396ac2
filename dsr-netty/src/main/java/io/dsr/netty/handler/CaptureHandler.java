package io.dsr.netty.handler;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;

/**
 * Copies every frame to a pcap file: as it was received, and as it is sent, with the MAC addresses
 * that the director gave it.
 *
 * <p>Put first into the pipeline while a capture runs, and taken out after: a balancer that does
 * not capture pays nothing. Event loop only; the file is written by the {@link CaptureFile}'s own
 * thread, and frames that it cannot keep up with are counted, not waited for.
 */
@SuppressWarnings("FutureReturnValueIgnored") // the channel counts frames that are lost
public final class CaptureHandler extends ChannelDuplexHandler {

  /** The handler's name in a balancer's pipeline. */
  public static final String NAME = "dsr-capture";

  private final CaptureFile writer;

  /** Creates a handler that writes to {@code writer}, which others may share. */
  public CaptureHandler(CaptureFile writer) {
    this.writer = writer;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (message instanceof ByteBuf frame) {
      writer.write(frame);
    }
    context.fireChannelRead(message);
  }

  @Override
  public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
    if (message instanceof ByteBuf frame) {
      writer.write(frame);
    }
    context.write(message, promise);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    writer.flush();
    context.fireChannelReadComplete();
  }
}
