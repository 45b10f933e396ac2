package io.dsr.netty.channel;

import io.dsr.linux.Errno;
import io.dsr.linux.packet.MessageSlots;
import io.dsr.linux.packet.PacketSocket;

/** Receives without a ring, by recvmmsg(2). */
final class MessageReader extends FrameReader {

  /** How many slots there are, each for the largest frame. */
  static final int SLOTS = 256;

  /** Bytes of a slot: 64 KB of IP with all that is in front of it. */
  static final int SLOT_SIZE = 72 * 1024;

  private static final int BATCH = 64;

  private final PacketSocket socket;
  private final MessageMemory memory;
  private final MessageSlots slots;
  private int cursor;
  private int left;
  private boolean drained;
  private int error;

  MessageReader(PacketSocket socket, MessageMemory memory) {
    super(memory);
    this.socket = socket;
    this.memory = memory;
    this.slots = memory.slots();
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
    dispatcher.deliver(memory, slot);
    return true;
  }

  @Override
  int prefetch(InboundDispatcher dispatcher, int most) {
    int count = Math.min(left, most);
    for (int i = 0; i < count; i++) {
      int slot = (cursor + i) % SLOTS;
      if (memory.isWhole(slot)) {
        dispatcher.prefetch(memory, slot);
      }
    }
    return count;
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
}
