package io.dsr.netty.channel;

import io.dsr.linux.packet.PacketRing;
import org.jspecify.annotations.Nullable;

/** A receive ring of slots and the frames over it: one a slot, made when it is first needed. */
final class RingMemory extends MappedFrames {

  private final PacketRing ring;
  private final FrameMemory memory;
  private final PacketFrame view;
  private final @Nullable PacketFrame[] frames;

  RingMemory(PacketRing ring, boolean vnetHeader) {
    this.ring = ring;
    this.memory = new FrameMemory(ring.memory(), vnetHeader);
    this.view = newView(memory);
    this.frames = new @Nullable PacketFrame[ring.frames()];
  }

  PacketRing ring() {
    return ring;
  }

  @Override
  public boolean isWhole(int slot) {
    return ring.capturedLength(slot) >= ring.length(slot);
  }

  @Override
  public PacketFrame view(int slot) {
    lay(view, slot, (int) ring.offset(slot) + ring.macOffset(slot));
    view.show(ring.capturedLength(slot), ring.packetType(slot));
    return view;
  }

  /** Lays a frame over a slot. */
  private PacketFrame lay(PacketFrame frame, int slot, int start) {
    int begin = (int) ring.offset(slot);
    return frame.lay(start, begin + PacketRing.HEADER_LENGTH, begin + ring.frameSize());
  }

  @Override
  public int flags(int slot) {
    return ring.status(slot);
  }

  @Override
  public int vlanProtocol(int slot) {
    return ring.vlanProtocol(slot);
  }

  @Override
  public int vlanTag(int slot) {
    return ring.vlanTag(slot);
  }

  @Override
  public @Nullable PacketFrame hold(int slot) {
    // More than half of the ring in other hands: a frame that is kept must not stop the others.
    // (One of the references is the reader's own.)
    if (outstanding() - 1 > ring.frames() / 2) {
      return null;
    }
    retain();
    ring.hold(slot);
    PacketFrame frame = frames[slot];
    if (frame == null) {
      frame = new PacketFrame(memory, this, slot);
      frames[slot] = frame;
    }
    return lay(frame, slot, view.base()).deliver(view.readableBytes(), view.packetType());
  }

  @Override
  public void release(int slot) {
    ring.release(slot);
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
