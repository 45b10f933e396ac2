package io.dsr.netty.handler;

import io.dsr.core.Ticker;
import io.dsr.core.director.Director;
import io.dsr.core.director.Plan;
import io.dsr.netty.channel.FrameProcessor;
import io.dsr.netty.channel.PacketFrame;
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
 * <p>Event loop only. It stands first, so that a frame of a flow is read once and by nobody else;
 * and as the first handler of a packet channel it is a {@link FrameProcessor}, which forwards a
 * frame before there is a buffer of it. With a handler in front of it all goes the pipeline's way.
 */
@SuppressWarnings("FutureReturnValueIgnored") // the channel counts frames that are lost
public final class DirectorHandler extends ChannelInboundHandlerAdapter implements FrameProcessor {

  /** The handler's name in a balancer's pipeline. */
  public static final String NAME = "dsr-director";

  private final Director director;
  private final Ticker ticker;
  private @Nullable ChannelHandlerContext own;
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
    own = context;
    promise = Unheard.promise(context);
  }

  private void beginBatch() {
    if (!inBatch) {
      inBatch = true;
      director.advance(ticker.nanos());
    }
  }

  @Override
  public Verdict process(PacketFrame frame) {
    beginBatch();
    return switch (director.direct(frame).action()) {
      case FORWARD -> ready(frame);
      case PASS -> Verdict.PASS;
      case DROP -> Verdict.DROP;
    };
  }

  private Verdict ready(PacketFrame frame) {
    int vlan = director.vlanToInsert();
    Verdict verdict = Verdict.FORWARD;
    if (vlan != 0 && !Vlans.retagInPlace(frame, vlan)) {
      write(frame.copy(), vlan);
      verdict = Verdict.DROP;
    }
    writeReleased(vlan);
    return verdict;
  }

  private void write(ByteBuf frame, int vlan) {
    ChannelHandlerContext context = own;
    if (context == null) {
      frame.release();
      return;
    }
    written = true;
    context.write(vlan == 0 ? frame : Vlans.retag(frame, vlan), promise);
  }

  /** Writes what had waited for the first fragment, which is sent before the batch's end. */
  private void writeReleased(int vlan) {
    ByteBuf waited = director.released();
    while (waited != null) {
      write(waited, vlan);
      waited = director.released();
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    beginBatch();
    ByteBuf frame = (ByteBuf) message;
    switch (director.direct(frame).action()) {
      case FORWARD -> forward(frame);
      case PASS -> context.fireChannelRead(frame);
      case DROP -> frame.release();
    }
  }

  private void forward(ByteBuf frame) {
    int vlan = director.vlanToInsert();
    write(frame, vlan);
    writeReleased(vlan);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext context) {
    own = null;
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
