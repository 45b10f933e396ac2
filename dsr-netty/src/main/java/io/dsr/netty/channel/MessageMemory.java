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
  private final PacketFrame view;

  MessageMemory(MessageSlots slots, boolean vnetHeader) {
    this.slots = slots;
    this.memory = new FrameMemory(slots.memory(), vnetHeader);
    this.header = vnetHeader ? VnetHeader.LENGTH : 0;
    this.frames = new @Nullable PacketFrame[slots.slots()];
    this.taken = new AtomicIntegerArray(slots.slots());
    this.view = newView(memory);
  }

  MessageSlots slots() {
    return slots;
  }

  @Override
  public boolean isWhole(int slot) {
    return slots.length(slot) >= header && !slots.isTruncated(slot);
  }

  @Override
  public PacketFrame view(int slot) {
    lay(view, slot, slots.start(slot) + header);
    view.show(slots.length(slot) - header, slots.packetType(slot));
    return view;
  }

  /** Lays a frame over a slot, to begin at {@code start}. */
  private PacketFrame lay(PacketFrame frame, int slot, int start) {
    int begin = slot * slots.slotSize();
    return frame.lay(start, begin, begin + slots.slotSize());
  }

  @Override
  public int flags(int slot) {
    return slots.flags(slot);
  }

  @Override
  public int vlanProtocol(int slot) {
    return slots.vlanProtocol(slot);
  }

  @Override
  public int vlanTag(int slot) {
    return slots.vlanTag(slot);
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
  @Override
  public void release(int slot) {
    taken.setRelease(slot, 0);
  }

  @Override
  public @Nullable PacketFrame hold(int slot) {
    if (held.get() > slots.slots() / 2) {
      return null;
    }
    PacketFrame frame = frames[slot];
    if (frame == null) {
      frame = new PacketFrame(memory, this, slot);
      frames[slot] = frame;
    }
    held.getAndIncrement();
    retain();
    return lay(frame, slot, view.base()).deliver(view.readableBytes(), view.packetType());
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
