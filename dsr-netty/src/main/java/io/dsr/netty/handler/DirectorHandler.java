package io.dsr.netty.handler;

import io.dsr.core.Ticker;
import io.dsr.core.director.Director;
import io.dsr.netty.channel.PacketChannel;
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
  private final @Nullable Egress egress;
  private @Nullable ChannelPromise promise;
  private boolean inBatch;
  private boolean written;
  private boolean writtenElsewhere;

  /** Creates a handler for one event loop's director, which sends where the frames come from. */
  public DirectorHandler(Director director, Ticker ticker) {
    this(director, ticker, null);
  }

  /**
   * Creates a handler for one event loop's director.
   *
   * @param egress where frames leave, by their link; null to send where they come from
   */
  public DirectorHandler(Director director, Ticker ticker, @Nullable Egress egress) {
    this.director = director;
    this.ticker = ticker;
    this.egress = egress;
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
    int vlan = director.vlanToInsert();
    PacketChannel out = egress == null ? null : egress.channel(director.egress());
    send(context, out, vlan == 0 ? frame : Vlans.retag(frame, vlan));
    ByteBuf waited = director.released();
    while (waited != null) {
      send(context, out, vlan == 0 ? waited : Vlans.retag(waited, vlan));
      waited = director.released();
    }
  }

  private void send(ChannelHandlerContext context, @Nullable PacketChannel out, ByteBuf frame) {
    if (out == null || out.equals(context.channel())) {
      written = true;
      context.write(frame, promise);
    } else {
      writtenElsewhere = true;
      out.write(frame, out.quietPromise());
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    inBatch = false;
    if (written) {
      written = false;
      context.flush();
    }
    if (writtenElsewhere && egress != null) {
      writtenElsewhere = false;
      egress.flush(context.channel());
    }
    context.fireChannelReadComplete();
  }
}
