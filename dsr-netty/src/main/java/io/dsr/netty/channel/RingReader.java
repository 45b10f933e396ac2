package io.dsr.netty.channel;

import io.dsr.linux.packet.PacketRing;
import io.dsr.linux.packet.PacketSocket;
import io.netty.buffer.ByteBufAllocator;

/** Walks a ring of slots, TPACKET_V2. */
final class RingReader extends FrameReader implements PacketWriter.SlotOwner {

  private final PacketSocket socket;
  private final RingMemory memory;
  private final PacketRing ring;
  private final GsoFrames gsoFrames;
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
    this.gsoFrames = new GsoFrames(vnetHeader);
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
  boolean next(InboundDispatcher dispatcher, int read, int budget) {
    int slot = head;
    int status = ring.status(slot);
    if ((status & PacketRing.USER) == 0 || mustFlushFirst(status, read)) {
      return false;
    }
    head = slot + 1 & mask;
    if ((status & PacketRing.COPY) != 0) {
      takeSuperFrame(dispatcher, slot, status);
    } else {
      take(dispatcher, slot, status);
    }
    return true;
  }

  @Override
  int prefetch(InboundDispatcher dispatcher, int most) {
    if (!isWhole(head + 1 & mask)) {
      return 0; // one frame alone has nothing to wait together with
    }
    int count = 0;
    for (int slot = head; count < most && isWhole(slot); slot = slot + 1 & mask) {
      lay(slot);
      dispatcher.prefetch(view);
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
    return (status & PacketRing.COPY) != 0 && read > 0 && gsoFrames.nextFree() < 0;
  }

  @Override
  boolean isBlocked() {
    return ring.status(head) == PacketRing.HELD || ring.status(head - 1 & mask) == PacketRing.HELD;
  }

  private void take(InboundDispatcher dispatcher, int slot, int status) {
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
    if (!dispatcher.isInline()) {
      pass(dispatcher, slot);
      return;
    }
    switch (dispatcher.ask(view)) {
      case FORWARD -> dispatcher.forward(view, this, slot);
      case PASS -> pass(dispatcher, slot);
      case DROP -> ring.release(slot);
    }
  }

  private void pass(InboundDispatcher dispatcher, int slot) {
    // More than half of the ring in other hands: a frame that is kept must not stop the others.
    // (One of the references is this reader's own.)
    if (memory.outstanding() - 1 > ring.frames() / 2) {
      PacketFrame copy = dispatcher.copy(view, allocator);
      ring.release(slot);
      if (copy != null) {
        dispatcher.pass(copy);
      }
      return;
    }
    memory.retain();
    ring.hold(slot);
    PacketFrame frame = memory.frame(slot, view);
    dispatcher.pass(frame.deliver(view.readableBytes(), view.packetType()));
  }

  @Override
  public void release(int slot) {
    ring.release(slot);
  }

  /** Receives the frame that the kernel queued, whole, as it came to this slot. */
  private void takeSuperFrame(InboundDispatcher dispatcher, int slot, int status) {
    int type = ring.packetType(slot);
    int protocol = VlanInsertion.protocol(status, ring.vlanProtocol(slot));
    int tag = ring.vlanTag(slot);
    ring.release(slot);
    int number = gsoFrames.nextFree();
    if (number < 0) {
      // It must leave the queue all the same, or the next slot would get it.
      gsoFrames.discard(socket);
      counters.add(PacketCounters.SUPER_FRAME_DROPS, 1);
      return;
    }
    int length = gsoFrames.receive(socket, number);
    if (length < 0) {
      counters.add(PacketCounters.TRUNCATED, 1);
      return;
    }
    counters.add(PacketCounters.SUPER_FRAMES, 1);
    counters.add(PacketCounters.RECEIVED, 1);
    PacketFrame frame = gsoFrames.take(number).deliver(length, type);
    if ((status & PacketRing.VLAN_VALID) != 0) {
      frame.insertTag(protocol, tag);
    }
    deliverSuperFrame(dispatcher, frame);
  }

  private void deliverSuperFrame(InboundDispatcher dispatcher, PacketFrame frame) {
    if (!dispatcher.isInline()) {
      dispatcher.pass(frame);
      return;
    }
    switch (dispatcher.ask(frame)) {
      case FORWARD -> dispatcher.forward(frame, gsoFrames, frame.slot());
      case PASS -> dispatcher.pass(frame);
      case DROP -> gsoFrames.release(frame.slot());
    }
  }
}
