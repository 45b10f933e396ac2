package io.dsr.netty.channel;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Memory that frames of a channel lie in. It is unmapped when the channel is closed and the last
 * frame is released, whichever comes last, by the thread that does that.
 */
abstract class MappedFrames implements FrameSource, PacketFrame.Owner {

  private final AtomicInteger references = new AtomicInteger(1);

  /** Returns a frame that is nobody's but the caller's, to be laid over one after the other. */
  static PacketFrame newView(FrameMemory memory) {
    return new PacketFrame(memory, _ -> {}, -1);
  }

  /** Keeps the memory mapped until {@link #release}; to be called while it is. */
  final void retain() {
    references.getAndIncrement();
  }

  final void release() {
    if (references.decrementAndGet() == 0) {
      unmap();
    }
  }

  /** Returns how many frames are in other hands; exact on the event loop between two batches. */
  final int outstanding() {
    return references.get() - 1;
  }

  abstract void unmap();
}
