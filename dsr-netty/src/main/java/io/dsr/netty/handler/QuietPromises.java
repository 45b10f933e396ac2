package io.dsr.netty.handler;

import io.dsr.netty.channel.PacketChannel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;

/**
 * Promises of writes whose failure the channel counts, and of which nobody else need hear: while
 * the interface is down each question to a server fails, and a stack trace of each would fill the
 * log.
 */
final class QuietPromises {

  private QuietPromises() {}

  /**
   * Returns the promise to write with; on a channel that has no quiet one, Netty's void promise.
   */
  static ChannelPromise promise(ChannelHandlerContext context) {
    return context.channel() instanceof PacketChannel channel
        ? channel.quietPromise()
        : context.voidPromise();
  }
}
