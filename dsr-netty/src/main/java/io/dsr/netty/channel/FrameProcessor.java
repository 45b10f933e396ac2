package io.dsr.netty.channel;

import io.netty.channel.ChannelInboundHandler;
import org.jspecify.annotations.Nullable;

/**
 * A handler that can decide about frames before the pipeline: for as long as it is the <em>first
 * handler of a {@link PacketChannel}'s pipeline</em>, the channel asks it about each frame, and
 * only those that it passes get a reference count and climb the pipeline, from the handler behind
 * it on. As soon as any handler stands before it every frame comes to {@code channelRead} again, so
 * that the handlers in front see all frames, those that are sent too; the change takes effect
 * between two batches, without a frame lost.
 *
 * <p>{@code channelReadComplete} ends each batch either way, when all that was forwarded has been
 * sent. All methods are called on the channel's event loop. Add the handler there or before bind,
 * and without an executor of its own, which would leave the pipeline as the only way.
 */
public interface FrameProcessor extends ChannelInboundHandler {

  /** What becomes of a frame. */
  enum Verdict {
    /** It is sent as it is now: out of the memory that it was received in, at the batch's end. */
    FORWARD,
    /** It climbs the pipeline, from the handler behind the processor on. */
    PASS,
    /** It is released. */
    DROP
  }

  /** The most frames that are prefetched at once. */
  int MOST_PREFETCHED = 8;

  /**
   * Returns whether frames are to be prefetched before they are decided about: asked at the
   * beginning of each batch. False is the default.
   */
  default boolean looksAhead() {
    return false;
  }

  /**
   * Hears of a frame that {@link #process} is going to be asked about, among the next {@link
   * #MOST_PREFETCHED}: an opportunity to have memory loaded, for several frames at the same time. A
   * hint: not every frame is prefetched, nor do all that were prefetched follow.
   *
   * <p>As for {@code process} it is one view for all frames; here it must not be changed either,
   * and a VLAN tag that the kernel has taken out of it is not back yet.
   */
  default void prefetch(PacketFrame frame) {}

  /** Called when no more frames are prefetched until those have been decided about. */
  default void prefetched() {}

  /**
   * Decides about a frame, which may be rewritten; {@link Vlans#retagInPlace} gives it a tag.
   *
   * <p>Must not block, and not retain, release or keep the frame: it is one view for all frames,
   * and {@link PacketFrame#copy} what outlives this call. If it throws, the frame is dropped and
   * {@code exceptionCaught} fired.
   */
  Verdict process(PacketFrame frame);

  /**
   * Returns the channel that sends the frame forwarded last, asked after each {@link
   * Verdict#FORWARD}; null, the default, for the one that received it. Another one must be on the
   * same event loop; while it is not bound, what is meant for it is dropped and counted by the
   * channel that received it ({@link PacketStatistics#noEgress}).
   */
  default @Nullable PacketChannel egress() {
    return null;
  }
}
