package io.dsr.netty.channel;

import io.dsr.linux.Errno;
import io.dsr.linux.packet.MessageSlots;
import io.dsr.linux.packet.PacketRing;
import io.dsr.linux.packet.PacketSocket;
import io.netty.buffer.ByteBufAllocator;

/** Receives without a ring, by recvmmsg(2). */
final class MessageReader extends FrameReader implements PacketWriter.SlotOwner {

  /** How many slots there are, each for the largest frame. */
  static final int SLOTS = 256;

  /** Bytes of a slot: 64 KB of IP with all that is in front of it. */
  static final int SLOT_SIZE = 72 * 1024;

  private static final int BATCH = 64;

  private final PacketSocket socket;
  private final MessageMemory memory;
  private final MessageSlots slots;
  private final PacketCounters counters;
  private final ByteBufAllocator allocator;
  private final PacketFrame view;
  private int cursor;
  private int left;
  private boolean drained;
  private int error;

  MessageReader(
      PacketSocket socket,
      MessageMemory memory,
      PacketCounters counters,
      ByteBufAllocator allocator) {
    super(memory);
    this.socket = socket;
    this.memory = memory;
    this.slots = memory.slots();
    this.counters = counters;
    this.allocator = allocator;
    this.view = memory.newView();
  }

  @Override
  public boolean getAsBoolean() {
    return left > 0;
  }

  @Override
  boolean next(InboundDispatcher dispatcher, int read, int budget) {
    if (left == 0 && (drained || !receive(dispatcher, budget - read))) {
      return false;
    }
    int slot = cursor;
    cursor = (slot + 1) % SLOTS;
    left--;
    take(dispatcher, slot);
    return true;
  }

  @Override
  int prefetch(InboundDispatcher dispatcher, int most) {
    int count = Math.min(left, most);
    for (int i = 0; i < count; i++) {
      int slot = (cursor + i) % SLOTS;
      if (isWhole(slot)) {
        lay(slot);
        dispatcher.prefetch(view);
      }
    }
    return count;
  }

  private boolean isWhole(int slot) {
    return slots.length(slot) >= memory.header() && !slots.isTruncated(slot);
  }

  private void lay(int slot) {
    memory.lay(view, slot, slots.start(slot) + memory.header());
    view.show(slots.length(slot) - memory.header(), slots.packetType(slot));
  }

  private boolean receive(InboundDispatcher dispatcher, int budget) {
    int free = freeSlots(Math.min(budget, BATCH));
    if (free == 0) {
      dispatcher.flush(); // may be all that keeps them
      free = freeSlots(Math.min(budget, BATCH));
    }
    if (free == 0) {
      return false;
    }
    int received = slots.receive(socket, cursor, free);
    drained = received < free;
    if (received <= 0) {
      error =
          received == 0 || received == -Errno.EAGAIN || received == -Errno.EINTR ? 0 : -received;
      return false;
    }
    for (int slot = cursor; slot < cursor + received; slot++) {
      memory.take(slot);
    }
    left = received;
    return true;
  }

  /** Returns how many slots in a row are free, from the first free one on, where the cursor is. */
  private int freeSlots(int most) {
    for (int i = 0; i < SLOTS && memory.isTaken(cursor); i++) {
      cursor = (cursor + 1) % SLOTS;
    }
    int free = 0;
    while (free < most && cursor + free < SLOTS && !memory.isTaken(cursor + free)) {
      free++;
    }
    return free;
  }

  @Override
  void ended() {
    drained = false;
  }

  @Override
  boolean isBlocked() {
    return freeSlots(1) == 0;
  }

  @Override
  boolean hasLeftOver() {
    return left > 0;
  }

  @Override
  int takeError() {
    int taken = error;
    error = 0;
    return taken;
  }

  private void take(InboundDispatcher dispatcher, int slot) {
    if (!isWhole(slot)) {
      counters.add(PacketCounters.TRUNCATED, 1);
      memory.release(slot);
      return;
    }
    lay(slot);
    int flags = slots.flags(slot);
    if ((flags & PacketRing.VLAN_VALID) != 0) {
      int protocol = VlanInsertion.protocol(flags, slots.vlanProtocol(slot));
      view.insertTag(protocol, slots.vlanTag(slot));
    }
    counters.add(PacketCounters.RECEIVED, 1);
    if (!dispatcher.isInline()) {
      pass(dispatcher, slot);
      return;
    }
    switch (dispatcher.ask(view)) {
      case FORWARD -> dispatcher.forward(view, this, slot);
      case PASS -> pass(dispatcher, slot);
      case DROP -> memory.release(slot);
    }
  }

  private void pass(InboundDispatcher dispatcher, int slot) {
    int length = view.readableBytes();
    if (memory.isHalfHeld()) {
      PacketFrame copy = dispatcher.copy(view, allocator);
      memory.release(slot);
      if (copy != null) {
        dispatcher.pass(copy);
      }
      return;
    }
    PacketFrame frame = memory.lay(memory.hold(slot), slot, view.base());
    dispatcher.pass(frame.deliver(length, view.packetType()));
  }

  @Override
  public void release(int slot) {
    memory.release(slot);
  }
}
