package io.dsr.netty.channel;

import io.dsr.linux.packet.PacketRing;
import io.dsr.linux.packet.PacketSocket;
import io.netty.buffer.ByteBufAllocator;

/** Walks a ring of slots, TPACKET_V2. */
final class RingReader extends FrameReader implements PacketWriter.Lender {

  private final PacketSocket socket;
  private final RingMemory memory;
  private final PacketRing ring;
  private final SuperFrames superFrames;
  private final PacketCounters counters;
  private final ByteBufAllocator allocator;
  private final PacketFrame view;
  private final int mask;
  private int head;

  RingReader(
      PacketSocket socket,
      RingMemory memory,
      boolean vnetHeader,
      PacketCounters counters,
      ByteBufAllocator allocator) {
    super(memory);
    this.socket = socket;
    this.memory = memory;
    this.ring = memory.ring();
    this.superFrames = new SuperFrames(vnetHeader);
    this.counters = counters;
    this.allocator = allocator;
    this.view = memory.newView();
    this.mask = ring.frames() - 1;
  }

  @Override
  public boolean getAsBoolean() {
    return (ring.status(head) & PacketRing.USER) != 0;
  }

  @Override
  boolean next(FrameDelivery delivery, int read, int budget) {
    int slot = head;
    int status = ring.status(slot);
    if ((status & PacketRing.USER) == 0 || mustFlushFirst(status, read)) {
      return false;
    }
    head = slot + 1 & mask;
    if ((status & PacketRing.COPY) != 0) {
      takeSuperFrame(delivery, slot, status);
    } else {
      take(delivery, slot, status);
    }
    return true;
  }

  @Override
  int announce(FrameDelivery delivery, int most) {
    if (!isWhole(head + 1 & mask)) {
      return 0; // one frame alone has nothing to wait together with
    }
    int count = 0;
    for (int slot = head; count < most && isWhole(slot); slot = slot + 1 & mask) {
      lay(slot);
      delivery.announce(view);
      count++;
    }
    return count;
  }

  /** Returns whether a slot holds all of a frame. */
  private boolean isWhole(int slot) {
    return (ring.status(slot) & (PacketRing.USER | PacketRing.COPY)) == PacketRing.USER;
  }

  private void lay(int slot) {
    memory.lay(view, slot, (int) ring.offset(slot) + ring.macOffset(slot));
    view.show(ring.capturedLength(slot), ring.packetType(slot));
  }

  /** Returns whether the batch must end here, for its end gives large buffers back. */
  private boolean mustFlushFirst(int status, int read) {
    return (status & PacketRing.COPY) != 0 && read > 0 && superFrames.nextFree() < 0;
  }

  @Override
  boolean isBlocked() {
    return ring.status(head) == PacketRing.HELD || ring.status(head - 1 & mask) == PacketRing.HELD;
  }

  private void take(FrameDelivery delivery, int slot, int status) {
    int length = ring.capturedLength(slot);
    if (length < ring.length(slot)) {
      counters.add(PacketCounters.TRUNCATED, 1);
      ring.release(slot);
      return;
    }
    lay(slot);
    if ((status & PacketRing.VLAN_VALID) != 0) {
      view.insertTag(VlanInsertion.protocol(status, ring.vlanProtocol(slot)), ring.vlanTag(slot));
    }
    counters.add(PacketCounters.RECEIVED, 1);
    if (!delivery.isInline()) {
      pass(delivery, slot);
      return;
    }
    switch (delivery.ask(view)) {
      case FORWARD -> delivery.forward(view, this, slot);
      case PASS -> pass(delivery, slot);
      case DROP -> ring.release(slot);
    }
  }

  private void pass(FrameDelivery delivery, int slot) {
    // More than half of the ring in other hands: a frame that is kept must not stop the others.
    // (One of the references is this reader's own.)
    if (memory.outstanding() - 1 > ring.frames() / 2) {
      PacketFrame copy = delivery.copy(view, allocator);
      ring.release(slot);
      if (copy != null) {
        delivery.pass(copy);
      }
      return;
    }
    memory.retain();
    ring.hold(slot);
    PacketFrame frame = memory.frame(slot, view);
    delivery.pass(frame.deliver(view.readableBytes(), view.packetType()));
  }

  @Override
  public void giveBack(int slot) {
    ring.release(slot);
  }

  /** Receives the frame that the kernel queued, whole, as it came to this slot. */
  private void takeSuperFrame(FrameDelivery delivery, int slot, int status) {
    int type = ring.packetType(slot);
    int protocol = VlanInsertion.protocol(status, ring.vlanProtocol(slot));
    int tag = ring.vlanTag(slot);
    ring.release(slot);
    int number = superFrames.nextFree();
    if (number < 0) {
      // It must leave the queue all the same, or the next slot would get it.
      superFrames.discard(socket);
      counters.add(PacketCounters.SUPER_FRAME_DROPS, 1);
      return;
    }
    int length = superFrames.receive(socket, number);
    if (length < 0) {
      counters.add(PacketCounters.TRUNCATED, 1);
      return;
    }
    counters.add(PacketCounters.SUPER_FRAMES, 1);
    counters.add(PacketCounters.RECEIVED, 1);
    PacketFrame frame = superFrames.take(number).deliver(length, type);
    if ((status & PacketRing.VLAN_VALID) != 0) {
      frame.insertTag(protocol, tag);
    }
    deliverSuperFrame(delivery, frame);
  }

  private void deliverSuperFrame(FrameDelivery delivery, PacketFrame frame) {
    if (!delivery.isInline()) {
      delivery.pass(frame);
      return;
    }
    switch (delivery.ask(frame)) {
      case FORWARD -> delivery.forward(frame, superFrames, frame.slot());
      case PASS -> delivery.pass(frame);
      case DROP -> superFrames.giveBack(frame.slot());
    }
  }
}
