package io.dsr.netty.handler;

import io.dsr.core.Ticker;
import io.dsr.core.datapath.Decision;
import io.dsr.core.datapath.Director;
import io.dsr.netty.channel.FrameProcessor;
import io.dsr.netty.channel.PacketChannel;
import io.dsr.netty.channel.PacketFrame;
import io.dsr.netty.channel.Vlans;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Forwards frames: writes what its {@link Director} directs, flushes once a batch, passes on what
 * is for others, and releases the rest.
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
  private final Decision decision;
  private final Ticker ticker;
  private final @Nullable Egress egress;
  private final Runnable afterBatch;
  private final AtomicLong writes = new AtomicLong();
  private final AtomicLong closed = new AtomicLong();
  private @Nullable ChannelHandlerContext own;
  private @Nullable ChannelPromise promise;
  private boolean inBatch;
  private boolean written;
  private boolean writtenElsewhere;

  /** Creates a handler for one event loop's director, which sends where the frames come from. */
  public DirectorHandler(Director director, Ticker ticker) {
    this(director, ticker, null, () -> {});
  }

  /**
   * Creates a handler for one event loop's director.
   *
   * @param egress where frames leave, by their link; null to send where they come from
   * @param afterBatch run on the event loop once the frames of a batch are sent
   */
  public DirectorHandler(
      Director director, Ticker ticker, @Nullable Egress egress, Runnable afterBatch) {
    this.director = director;
    this.decision = director.decision();
    this.ticker = ticker;
    this.egress = egress;
    this.afterBatch = afterBatch;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    own = context;
    promise = QuietPromises.promise(context);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext context) {
    own = null;
  }

  private void beginBatch() {
    if (!inBatch) {
      inBatch = true;
      director.time(ticker.nanos());
    }
  }

  @Override
  public boolean looksAhead() {
    return director.prefetcher().isWorthwhile();
  }

  @Override
  public void prefetch(PacketFrame frame) {
    director.prefetcher().prefetch(frame);
  }

  @Override
  public void prefetched() {
    director.prefetcher().load();
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

  @Override
  public @Nullable PacketChannel egress() {
    return egress == null ? null : egress.channel(decision.link());
  }

  private Verdict ready(PacketFrame frame) {
    int vlan = decision.vlan();
    Verdict verdict = Verdict.FORWARD;
    if (vlan != 0 && !Vlans.retagInPlace(frame, vlan)) {
      write(frame.copy(), vlan);
      verdict = Verdict.DROP;
    }
    writeReleased();
    return verdict;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    beginBatch();
    ByteBuf frame = (ByteBuf) message;
    switch (director.direct(frame).action()) {
      case FORWARD -> {
        write(frame, decision.vlan());
        writeReleased();
      }
      case PASS -> context.fireChannelRead(frame);
      case DROP -> frame.release();
    }
  }

  /** Writes what had waited for the first fragment, which is sent before the batch's end. */
  private void writeReleased() {
    ByteBuf waited = decision.released();
    while (waited != null) {
      write(waited, decision.vlan());
      waited = decision.released();
    }
  }

  private void write(ByteBuf untagged, int vlan) {
    count(writes);
    ChannelHandlerContext context = own;
    PacketChannel out = egress();
    Channel here = context == null ? null : context.channel();
    if (context != null && here != null && (out == null || out.equals(here))) {
      if (here.isActive()) {
        written = true;
        context.write(tagged(untagged, vlan), promise);
        return;
      }
    } else if (out != null && out.isActive()) {
      writtenElsewhere = true;
      out.write(tagged(untagged, vlan), out.quietPromise());
      return;
    }
    count(closed);
    untagged.release();
  }

  private static ByteBuf tagged(ByteBuf frame, int vlan) {
    return vlan == 0 ? frame : Vlans.retag(frame, vlan);
  }

  private static void count(AtomicLong counter) {
    counter.setOpaque(counter.getPlain() + 1);
  }

  /** Returns how many frames were written to be sent, and not forwarded before. Any thread. */
  public long written() {
    return writes.getOpaque();
  }

  /** Returns how many of those were lost because the channel to send by is closed. Any thread. */
  public long noEgress() {
    return closed.getOpaque();
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    if (written) {
      written = false;
      context.flush();
    }
    if (writtenElsewhere && egress != null) {
      writtenElsewhere = false;
      egress.flush(context.channel());
    }
    context.fireChannelReadComplete();
    if (inBatch) {
      inBatch = false;
      director.expire(); // once all frames are sent
      afterBatch.run();
    }
  }
}
