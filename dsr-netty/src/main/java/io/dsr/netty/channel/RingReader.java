package io.dsr.netty.channel;

import io.dsr.linux.packet.PacketRing;
import io.dsr.linux.packet.PacketSocket;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelPipeline;
import org.jspecify.annotations.Nullable;

/** Walks the receive ring and gives its frames to the pipeline, in order. The event loop's. */
final class RingReader {

  private final PacketSocket socket;
  private final RingMemory memory;
  private final PacketRing ring;
  private final SuperFrames superFrames;
  private final PacketCounters counters;
  private final ByteBufAllocator allocator;
  private final int mask;
  private int head;
  private boolean stopped;

  RingReader(
      PacketSocket socket,
      RingMemory memory,
      boolean vnetHeader,
      PacketCounters counters,
      ByteBufAllocator allocator) {
    this.socket = socket;
    this.memory = memory;
    this.ring = memory.ring();
    this.superFrames = new SuperFrames(vnetHeader);
    this.counters = counters;
    this.allocator = allocator;
    this.mask = ring.frames() - 1;
  }

  /** Reads until {@code budget} slots are read, the ring is empty or {@link #stop} is called. */
  int read(ChannelPipeline pipeline, int budget) {
    memory.retain(); // a handler may close the channel
    stopped = false;
    int read = 0;
    try {
      while (read < budget && !stopped) {
        int status = ring.status(head);
        if ((status & PacketRing.USER) == 0 || mustFlushFirst(status, read)) {
          break;
        }
        PacketFrame frame = take(head, status);
        head = head + 1 & mask;
        read++;
        if (frame != null) {
          counters.add(PacketCounters.RECEIVED, 1);
          pipeline.fireChannelRead(frame);
        }
      }
      return read;
    } finally {
      memory.release();
    }
  }

  /** Returns whether the batch must end here, for its end gives large buffers back. */
  private boolean mustFlushFirst(int status, int read) {
    return (status & PacketRing.COPY) != 0 && read > 0 && superFrames.nextFree() < 0;
  }

  /** Ends a {@link #read} that is under way. */
  void stop() {
    stopped = true;
  }

  /**
   * Returns whether someone holds the frame that comes next since the last lap, or the newest one:
   * the kernel calls the socket readable for as long as the newest slot is not given back.
   */
  boolean isBlocked() {
    return ring.status(head) == PacketRing.HELD || ring.status(head - 1 & mask) == PacketRing.HELD;
  }

  private @Nullable PacketFrame take(int slot, int status) {
    if ((status & PacketRing.COPY) != 0) {
      return takeSuperFrame(slot, status);
    }
    int length = ring.capturedLength(slot);
    if (length < ring.length(slot)) {
      counters.add(PacketCounters.TRUNCATED, 1);
      ring.release(slot);
      return null;
    }
    int type = ring.packetType(slot);
    int start = ring.macOffset(slot);
    PacketFrame frame = memory.frame(slot, start);
    if ((status & PacketRing.VLAN_VALID) != 0) {
      frame.insertTag(VlanInsertion.protocol(ring, slot, status), ring.vlanTag(slot));
      frame = memory.frame(slot, start - VlanInsertion.LENGTH);
      length += VlanInsertion.LENGTH;
    }
    return deliver(frame, length, type);
  }

  private PacketFrame deliver(PacketFrame frame, int length, int type) {
    // More than half of the ring in other hands: a frame that is kept must not stop the others.
    // (One of the references is this reader's own.)
    boolean copy = memory.outstanding() - 1 > ring.frames() / 2;
    memory.retain();
    ring.hold(frame.slot());
    frame.deliver(length, type);
    if (!copy) {
      return frame;
    }
    counters.add(PacketCounters.COPIED, 1);
    try {
      return frame.duplicateInto(allocator, 0, length);
    } finally {
      frame.release();
    }
  }

  /** Receives the frame that the kernel queued, whole, as it came to this slot. */
  private @Nullable PacketFrame takeSuperFrame(int slot, int status) {
    int type = ring.packetType(slot);
    int protocol = VlanInsertion.protocol(ring, slot, status);
    int tag = (status & PacketRing.VLAN_VALID) != 0 ? ring.vlanTag(slot) : SuperFrames.NO_TAG;
    ring.release(slot);
    int number = superFrames.nextFree();
    if (number < 0) {
      // It must leave the queue all the same, or the next slot would get it.
      superFrames.discard(socket);
      counters.add(PacketCounters.SUPER_FRAME_DROPS, 1);
      return null;
    }
    int length = superFrames.receive(socket, number);
    if (length < 0) {
      counters.add(PacketCounters.TRUNCATED, 1);
      return null;
    }
    counters.add(PacketCounters.SUPER_FRAMES, 1);
    return tag == SuperFrames.NO_TAG
        ? superFrames.take(number).deliver(length, type)
        : superFrames
            .takeTagged(number, protocol, tag)
            .deliver(length + VlanInsertion.LENGTH, type);
  }
}
