package io.dsr.netty.channel;

import io.dsr.netty.channel.FrameProcessor.Verdict;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of the frames of a channel: asks the {@link FrameProcessor}, if that is the first
 * handler, or gives all to the pipeline. The event loop's.
 */
final class InboundDispatcher {

  private final PacketChannel channel;
  private final ChannelPipeline pipeline;
  private final PacketCounters counters;
  private final List<PacketWriter> writers = new ArrayList<>();
  private @Nullable ChannelHandlerContext context;
  private @Nullable FrameProcessor processor;

  InboundDispatcher(PacketChannel channel, PacketCounters counters) {
    this.channel = channel;
    this.pipeline = channel.pipeline();
    this.counters = counters;
  }

  /** Begins a batch: looks at who is first. */
  void begin() {
    ChannelHandlerContext first = pipeline.firstContext();
    boolean inline =
        first != null
            && first.handler() instanceof FrameProcessor
            && first.executor().inEventLoop();
    context = inline ? first : null;
    processor = inline ? (FrameProcessor) first.handler() : null;
  }

  /** Returns whether there is somebody to be asked about each frame of this batch. */
  boolean isInline() {
    return processor != null;
  }

  /** Returns whether whoever is asked in this batch wants frames prefetched. */
  boolean looksAhead() {
    try {
      return processor != null && processor.looksAhead();
    } catch (RuntimeException | Error e) {
      pipeline.fireExceptionCaught(e);
      return false;
    }
  }

  /** Prefetches a frame, which is a view for this call alone. */
  @SuppressWarnings("NullAway") // only if looksAhead
  void prefetch(PacketFrame view) {
    try {
      processor.prefetch(view);
    } catch (RuntimeException | Error e) {
      pipeline.fireExceptionCaught(e);
    }
  }

  /** Tells that the frames which were prefetched come now. */
  @SuppressWarnings("NullAway") // only if looksAhead
  void prefetched() {
    try {
      processor.prefetched();
    } catch (RuntimeException | Error e) {
      pipeline.fireExceptionCaught(e);
    }
  }

  /** Asks about a frame, which is a view for this call alone. */
  @SuppressWarnings("NullAway") // only if isInline
  Verdict ask(PacketFrame view) {
    try {
      return processor.process(view);
    } catch (RuntimeException | Error e) {
      pipeline.fireExceptionCaught(e);
      return Verdict.DROP;
    }
  }

  /** Returns a copy that holds no memory of the reader's, or null, counted, for want of memory. */
  @Nullable PacketFrame copy(PacketFrame view, ByteBufAllocator allocator) {
    try {
      PacketFrame copy = view.duplicateInto(allocator, 0, view.readableBytes());
      counters.add(PacketCounters.COPIED, 1);
      return copy;
    } catch (OutOfMemoryError e) {
      counters.add(PacketCounters.COPY_DROPS, 1);
      return null;
    }
  }

  /** Has a frame sent that was to be forwarded. */
  @SuppressWarnings("NullAway") // only after ask
  void forward(PacketFrame view, PacketWriter.SlotOwner slotOwner, int slot) {
    counters.add(PacketCounters.FORWARDED, 1);
    PacketChannel egress = processor.egress();
    PacketWriter writer = (egress == null ? channel : egress).writer(channel.eventLoop());
    if (writer == null) {
      counters.add(PacketCounters.NO_EGRESS, 1);
      slotOwner.release(slot);
    } else if (writer.forward(view, slotOwner, slot)) {
      writers.add(writer);
    }
  }

  /** Gives a frame, with its one reference, to the pipeline. */
  void pass(PacketFrame frame) {
    if (context != null && !context.isRemoved()) {
      context.fireChannelRead(frame);
    } else {
      pipeline.fireChannelRead(frame);
    }
  }

  /** Sends what was forwarded, and has all memory given back. */
  void flush() {
    for (int i = 0; i < writers.size(); i++) {
      writers.get(i).flush();
    }
    writers.clear();
  }
}
