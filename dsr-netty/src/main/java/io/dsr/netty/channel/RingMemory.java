package io.dsr.netty.channel;

import io.dsr.linux.packet.PacketRing;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The receive ring and the frames over it. It is unmapped when the channel is closed and the last
 * frame is released, whichever comes last, by the thread that does that.
 */
final class RingMemory implements PacketFrame.Owner {

  private final PacketRing ring;
  private final boolean vnetHeader;
  private final int usualStart;
  private final PacketFrame[] usual;
  private final @Nullable PacketFrame[] moved;
  private final AtomicInteger references = new AtomicInteger(1);

  RingMemory(PacketRing ring, int usualStart, boolean vnetHeader) {
    this.ring = ring;
    this.vnetHeader = vnetHeader;
    this.usualStart = usualStart;
    this.usual = new PacketFrame[ring.frames()];
    this.moved = new PacketFrame[ring.frames()];
    for (int slot = 0; slot < usual.length; slot++) {
      usual[slot] = newFrame(slot, usualStart);
    }
  }

  private PacketFrame newFrame(int slot, int start) {
    MemorySegment memory = ring.memory().asSlice(ring.offset(slot), ring.frameSize());
    return new PacketFrame(memory, start, vnetHeader, this, slot);
  }

  PacketRing ring() {
    return ring;
  }

  /** Returns the frame over a slot that begins at {@code start}; a tagged one begins earlier. */
  PacketFrame frame(int slot, int start) {
    if (start == usualStart) {
      return usual[slot];
    }
    PacketFrame frame = moved[slot];
    if (frame == null || frame.start() != start) {
      frame = newFrame(slot, start);
      moved[slot] = frame;
    }
    return frame;
  }

  /** Keeps the ring mapped until {@link #release}; to be called while it is. */
  void retain() {
    references.getAndIncrement();
  }

  void release() {
    if (references.decrementAndGet() == 0) {
      ring.close();
    }
  }

  /** Returns how many frames are in other hands; exact on the event loop between two batches. */
  int outstanding() {
    return references.get() - 1;
  }

  @Override
  public PacketFrame moved(PacketFrame frame, long start) {
    return frame(frame.slot(), (int) start);
  }

  @Override
  public void recycle(PacketFrame frame) {
    ring.release(frame.slot());
    release();
  }
}
