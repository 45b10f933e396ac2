package io.dsr.netty.channel;

import io.dsr.linux.packet.MessageSlots;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.jspecify.annotations.Nullable;

/** Buffers to receive into and the frames over them: one a slot, made when it is first needed. */
final class MessageMemory extends MappedFrames {

  private final MessageSlots slots;
  private final FrameMemory memory;
  private final int header;
  private final @Nullable PacketFrame[] frames;
  private final AtomicIntegerArray taken;
  private final AtomicInteger held = new AtomicInteger();

  MessageMemory(MessageSlots slots, boolean vnetHeader) {
    this.slots = slots;
    this.memory = new FrameMemory(slots.memory(), vnetHeader);
    this.header = vnetHeader ? VnetHeader.LENGTH : 0;
    this.frames = new @Nullable PacketFrame[slots.slots()];
    this.taken = new AtomicIntegerArray(slots.slots());
  }

  MessageSlots slots() {
    return slots;
  }

  /** Returns the bytes in front of each frame. */
  int header() {
    return header;
  }

  /** Returns a frame that is nobody's but the caller's, to be laid over slot after slot. */
  PacketFrame newView() {
    return new PacketFrame(memory, _ -> {}, -1);
  }

  /** Lays a frame over a slot, to begin at {@code start}. */
  PacketFrame lay(PacketFrame frame, int slot, int start) {
    int begin = slot * slots.slotSize();
    return frame.lay(start, begin, begin + slots.slotSize());
  }

  /** Returns whether nothing is received into a slot. Event loop. */
  boolean isTaken(int slot) {
    return taken.getAcquire(slot) != 0;
  }

  /** Takes a slot until {@link #release}. Event loop. */
  void take(int slot) {
    taken.setPlain(slot, 1);
  }

  /** Returns a slot that is taken. */
  void release(int slot) {
    taken.setRelease(slot, 0);
  }

  /** Returns the frame of a slot that is taken; it gives the slot back when it is released. */
  PacketFrame hold(int slot) {
    PacketFrame frame = frames[slot];
    if (frame == null) {
      frame = new PacketFrame(memory, this, slot);
      frames[slot] = frame;
    }
    held.getAndIncrement();
    retain();
    return frame;
  }

  /** Returns whether more than half of the slots are in other hands. */
  boolean isHalfHeld() {
    return held.get() > slots.slots() / 2;
  }

  @Override
  public void recycle(PacketFrame frame) {
    held.getAndDecrement();
    release(frame.slot());
    release();
  }

  @Override
  void unmap() {
    slots.close();
  }
}
