package io.dsr.netty.channel;

import io.dsr.linux.packet.PacketRing;
import org.jspecify.annotations.Nullable;

/** A receive ring of slots and the frames over it: one a slot, made when it is first needed. */
final class RingMemory extends MappedFrames {

  private final PacketRing ring;
  private final FrameMemory memory;
  private final @Nullable PacketFrame[] frames;

  RingMemory(PacketRing ring, boolean vnetHeader) {
    this.ring = ring;
    this.memory = new FrameMemory(ring.memory(), vnetHeader);
    this.frames = new @Nullable PacketFrame[ring.frames()];
  }

  PacketRing ring() {
    return ring;
  }

  /** Returns a frame that is nobody's but the caller's, to be laid over slot after slot. */
  PacketFrame newView() {
    return new PacketFrame(memory, _ -> {}, -1);
  }

  /** Lays a frame over what {@code view} shows of a slot. */
  PacketFrame frame(int slot, PacketFrame view) {
    PacketFrame frame = frames[slot];
    if (frame == null) {
      frame = new PacketFrame(memory, this, slot);
      frames[slot] = frame;
    }
    return lay(frame, slot, view.base());
  }

  /** Lays a frame over a slot. */
  PacketFrame lay(PacketFrame frame, int slot, int start) {
    int begin = (int) ring.offset(slot);
    return frame.lay(start, begin + PacketRing.HEADER_LENGTH, begin + ring.frameSize());
  }

  @Override
  void unmap() {
    ring.close();
  }

  @Override
  public void recycle(PacketFrame frame) {
    ring.release(frame.slot());
    release();
  }
}
