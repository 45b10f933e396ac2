package io.dsr.netty.handler;

import io.dsr.core.Ticker;
import io.dsr.core.director.Director;
import io.dsr.core.director.Plan;
import io.dsr.netty.channel.Vlans;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import org.jspecify.annotations.Nullable;

/**
 * Forwards frames: writes what its {@link Director} directs, flushes once a batch, passes on what
 * is for others, and lets go of the rest.
 *
 * <p>Event loop only. It stands first, so that a frame of a flow is read once and by nobody else.
 */
@SuppressWarnings("FutureReturnValueIgnored") // the channel counts frames that are lost
public final class DirectorHandler extends ChannelInboundHandlerAdapter {

  /** The handler's name in a balancer's pipeline. */
  public static final String NAME = "dsr-director";

  private final Director director;
  private final Ticker ticker;
  private @Nullable ChannelPromise promise;
  private boolean inBatch;
  private boolean written;

  /** Creates a handler for one event loop's director. */
  public DirectorHandler(Director director, Ticker ticker) {
    this.director = director;
    this.ticker = ticker;
  }

  /** Replaces the plan. Event loop, and so between two batches. */
  public void plan(Plan plan) {
    director.plan(plan, ticker.nanos());
  }

  /** Moves time when no frames come. Event loop. */
  public void tick() {
    director.advance(ticker.nanos());
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    promise = Unheard.promise(context);
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (!inBatch) {
      inBatch = true;
      director.advance(ticker.nanos());
    }
    ByteBuf frame = (ByteBuf) message;
    switch (director.direct(frame).action()) {
      case FORWARD -> forward(context, frame);
      case PASS -> context.fireChannelRead(frame);
      case DROP -> frame.release();
    }
  }

  private void forward(ChannelHandlerContext context, ByteBuf frame) {
    written = true;
    int vlan = director.vlanToInsert();
    context.write(vlan == 0 ? frame : Vlans.retag(frame, vlan), promise);
    ByteBuf waited = director.released();
    while (waited != null) {
      context.write(vlan == 0 ? waited : Vlans.retag(waited, vlan), promise);
      waited = director.released();
    }
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext context) {
    director.close();
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    inBatch = false;
    if (written) {
      written = false;
      context.flush();
    }
    context.fireChannelReadComplete();
  }
}
