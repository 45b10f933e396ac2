package io.dsr.netty.channel;

import io.dsr.linux.packet.PacketRing;
import io.dsr.linux.packet.PacketSocket;

/** Walks a ring of slots, TPACKET_V2. */
final class RingReader extends FrameReader {

  private final PacketSocket socket;
  private final RingMemory memory;
  private final PacketRing ring;
  private final GsoFrames gsoFrames;
  private final PacketCounters counters;
  private final int mask;
  private int head;

  RingReader(PacketSocket socket, RingMemory memory, boolean vnetHeader, PacketCounters counters) {
    super(memory);
    this.socket = socket;
    this.memory = memory;
    this.ring = memory.ring();
    this.gsoFrames = new GsoFrames(vnetHeader);
    this.counters = counters;
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
      takeGsoFrame(dispatcher, slot);
    } else {
      dispatcher.deliver(memory, slot);
    }
    return true;
  }

  @Override
  int prefetch(InboundDispatcher dispatcher, int most) {
    if (!isInSlot(head + 1 & mask)) {
      return 0; // one frame alone has nothing to wait together with
    }
    int count = 0;
    for (int slot = head; count < most && isInSlot(slot); slot = slot + 1 & mask) {
      dispatcher.prefetch(memory, slot);
      count++;
    }
    return count;
  }

  /** Returns whether a slot holds a frame itself. */
  private boolean isInSlot(int slot) {
    return (ring.status(slot) & (PacketRing.USER | PacketRing.COPY)) == PacketRing.USER;
  }

  /** Returns whether the batch must end here, for its end gives large buffers back. */
  private boolean mustFlushFirst(int status, int read) {
    return (status & PacketRing.COPY) != 0 && read > 0 && gsoFrames.nextFree() < 0;
  }

  @Override
  boolean isBlocked() {
    return ring.status(head) == PacketRing.HELD || ring.status(head - 1 & mask) == PacketRing.HELD;
  }

  /** Receives the frame that the kernel queued, whole, as it came to this slot. */
  private void takeGsoFrame(InboundDispatcher dispatcher, int slot) {
    gsoFrames.describe(memory, slot, ring.packetType(slot));
    ring.release(slot);
    int number = gsoFrames.nextFree();
    if (number < 0) {
      // It must leave the queue all the same, or the next slot would get it.
      gsoFrames.discard(socket);
      counters.add(PacketCounters.SUPER_FRAME_DROPS, 1);
      return;
    }
    if (gsoFrames.receive(socket, number)) {
      counters.add(PacketCounters.SUPER_FRAMES, 1);
    }
    dispatcher.deliver(gsoFrames, number);
  }
}
