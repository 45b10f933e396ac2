package io.dsr.netty.channel;

import io.dsr.linux.packet.PacketRing;
import io.dsr.netty.channel.FrameProcessor.Verdict;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The one way of a frame from where it was received: asks the {@link FrameProcessor}, if that is
 * the first handler, or gives all to the pipeline. The event loop's.
 */
final class InboundDispatcher {

  private static final long SLOW_NANOS = 5_000_000;

  private final PacketChannel channel;
  private final ChannelPipeline pipeline;
  private final PacketCounters counters;
  private final List<PacketWriter> writers = new ArrayList<>();
  private @Nullable ChannelHandlerContext context;
  private @Nullable FrameProcessor processor;

  /** When the pipeline had dealt with the last frame, of a batch that all goes its way. */
  private long lastNanos;

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
    lastNanos = inline ? 0 : System.nanoTime();
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

  /** Prefetches a frame that lies whole in {@code source}. */
  @SuppressWarnings("NullAway") // only if looksAhead
  void prefetch(FrameSource source, int at) {
    PacketFrame view = source.view(at);
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

  /** Takes a frame out of {@code source}: it is forwarded, passed on or given back. */
  void deliver(FrameSource source, int at) {
    if (!source.isWhole(at)) {
      counters.add(PacketCounters.TRUNCATED, 1);
      source.release(at);
      return;
    }
    PacketFrame view = source.view(at);
    int flags = source.flags(at);
    if ((flags & PacketRing.VLAN_VALID) != 0) {
      view.insertTag(VlanInsertion.protocol(flags, source.vlanProtocol(at)), source.vlanTag(at));
    }
    counters.add(PacketCounters.RECEIVED, 1);
    if (processor == null) {
      pass(source, at, view);
      return;
    }
    switch (ask(processor, view)) {
      case FORWARD -> forward(source, at, view);
      case PASS -> pass(source, at, view);
      case DROP -> source.release(at);
    }
  }

  private Verdict ask(FrameProcessor asked, PacketFrame view) {
    try {
      return asked.process(view);
    } catch (RuntimeException | Error e) {
      counters.add(PacketCounters.FAILED, 1);
      pipeline.fireExceptionCaught(e);
      return Verdict.DROP;
    }
  }

  /** Sends a frame from the memory that it was received in. */
  @SuppressWarnings("NullAway") // only after ask
  private void forward(FrameSource source, int at, PacketFrame view) {
    counters.add(PacketCounters.FORWARDED, 1);
    PacketChannel egress = processor.egress();
    PacketWriter writer = (egress == null ? channel : egress).writer(channel.eventLoop());
    if (writer == null) {
      counters.add(PacketCounters.NO_EGRESS, 1);
      source.release(at);
    } else if (writer.forward(view, source, at)) {
      writers.add(writer);
    }
  }

  /** Gives a frame, with its one reference, to the pipeline. */
  private void pass(FrameSource source, int at, PacketFrame view) {
    PacketFrame frame = source.hold(at);
    if (frame == null) {
      frame = copy(view);
      source.release(at);
      if (frame == null) {
        return;
      }
    }
    long began = processor == null ? lastNanos : System.nanoTime();
    if (context != null && !context.isRemoved()) {
      context.fireChannelRead(frame);
    } else {
      pipeline.fireChannelRead(frame);
    }
    lastNanos = System.nanoTime();
    if (lastNanos - began >= SLOW_NANOS) {
      counters.add(PacketCounters.SLOW, 1);
      counters.took(lastNanos - began);
    }
  }

  /** Returns a copy that holds no memory of a source's, or null, counted, for want of memory. */
  private @Nullable PacketFrame copy(PacketFrame view) {
    try {
      PacketFrame copy = view.duplicateInto(channel.alloc(), 0, view.readableBytes());
      counters.add(PacketCounters.COPIED, 1);
      return copy;
    } catch (OutOfMemoryError e) {
      boolean decided = processor != null;
      counters.add(decided ? PacketCounters.PASS_COPY_DROPS : PacketCounters.COPY_DROPS, 1);
      return null;
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
