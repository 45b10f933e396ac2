package io.dsr.netty.handler;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;

/**
 * Lets go of frames that no handler before it had a use for, such as other hosts' ARP. A handler
 * that wants them is put before it. Event loop only.
 */
public final class DiscardHandler extends ChannelInboundHandlerAdapter {

  /** The handler's name in a balancer's pipeline. */
  public static final String NAME = "dsr-unwanted";

  /** Creates a handler. */
  public DiscardHandler() {}

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ReferenceCountUtil.release(message);
  }
}
