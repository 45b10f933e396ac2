package io.dsr.netty.channel;

import io.dsr.linux.packet.PacketSocket;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.jspecify.annotations.Nullable;

/**
 * A bounded pool of frames for what no ring slot can hold: TCP segments that the sender's kernel
 * left to the hardware to cut. Memory is allocated at first use. One thread takes, any gives back.
 */
final class SuperFrames implements PacketFrame.Owner {

  /** Says that a frame has no tag. */
  static final int NO_TAG = -1;

  /** Bytes of a frame that fit: 64 KB of IP, and its link headers. */
  private static final int CAPACITY = 68 * 1024;

  private static final int SIZE = 64;
  private static final int START = 16; // room in front for the vnet header and a tag

  private final int header;
  private final Buffer[] buffers = new Buffer[SIZE];
  private final AtomicIntegerArray taken = new AtomicIntegerArray(SIZE);
  private final MemorySegment scratch;
  private int cursor;

  /** One buffer; its memory is the collector's, for a frame may outlive the channel. */
  private record Buffer(MemorySegment memory, PacketFrame usual, PacketFrame tagged) {}

  SuperFrames(boolean vnetHeader) {
    this.header = vnetHeader ? VnetHeader.LENGTH : 0;
    this.scratch = Arena.ofAuto().allocate(64);
  }

  /** Returns the number of a free frame, or -1. */
  int nextFree() {
    for (int i = 0; i < SIZE; i++) {
      int candidate = cursor + i & SIZE - 1;
      if (taken.getAcquire(candidate) == 0) {
        cursor = candidate;
        return candidate;
      }
    }
    return -1;
  }

  /**
   * Receives into a free buffer; returns the length of the frame, or -1 if there is no whole one.
   */
  int receive(PacketSocket socket, int number) {
    long address = buffer(number).usual.address() - header;
    int length = socket.receive(address, header + CAPACITY);
    return length < header || length > header + CAPACITY ? -1 : length - header;
  }

  /** Takes a frame off the queue and forgets it. */
  void discard(PacketSocket socket) {
    int length = socket.receive(scratch.address(), (int) scratch.byteSize());
    assert length != 0 : "a queued frame has a length";
  }

  PacketFrame take(int number) {
    taken.setPlain(number, 1);
    cursor = number + 1;
    return buffer(number).usual;
  }

  PacketFrame takeTagged(int number, int protocol, int tag) {
    take(number).insertTag(protocol, tag);
    return buffer(number).tagged;
  }

  private Buffer buffer(int number) {
    @Nullable Buffer buffer = buffers[number];
    if (buffer == null) {
      boolean vnetHeader = header > 0;
      var memory = Arena.ofAuto().allocate(START + CAPACITY, Long.BYTES);
      var usual = new PacketFrame(memory, START, vnetHeader, this, number);
      int earlier = START - VlanInsertion.LENGTH;
      buffer =
          new Buffer(memory, usual, new PacketFrame(memory, earlier, vnetHeader, this, number));
      buffers[number] = buffer;
    }
    return buffer;
  }

  @Override
  public @Nullable PacketFrame moved(PacketFrame frame, long start) {
    Buffer buffer = buffer(frame.slot());
    if (start == buffer.usual.start()) {
      return buffer.usual;
    }
    return start == buffer.tagged.start() ? buffer.tagged : null;
  }

  @Override
  public void recycle(PacketFrame frame) {
    taken.setRelease(frame.slot(), 0);
  }
}
