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
final class GsoFrames implements FrameSource, PacketFrame.Owner {

  /** Bytes of a frame that fit: 64 KB of IP, and its link headers. */
  private static final int CAPACITY = 68 * 1024;

  private static final int SIZE = 64;
  private static final int START = 16; // room in front for the vnet header and a tag

  private final int header;
  private final @Nullable PacketFrame[] frames = new @Nullable PacketFrame[SIZE];
  private final AtomicIntegerArray taken = new AtomicIntegerArray(SIZE);
  private final MemorySegment scratch;
  private int cursor;

  // The frame received last, which is taken before the next is.
  private int length;
  private int type;
  private int flags;
  private int vlanProtocol;
  private int vlanTag;

  GsoFrames(boolean vnetHeader) {
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

  /** Takes over what is known of the frame that is received next. */
  void describe(FrameSource from, int at, int packetType) {
    type = packetType;
    flags = from.flags(at);
    vlanProtocol = from.vlanProtocol(at);
    vlanTag = from.vlanTag(at);
  }

  /** Receives into a free buffer, and takes it; returns false if there is no whole frame. */
  boolean receive(PacketSocket socket, int number) {
    long address = frame(number).address() - header;
    int received = socket.receive(address, header + CAPACITY);
    boolean whole = received >= header && received <= header + CAPACITY;
    length = whole ? received - header : -1;
    taken.setPlain(number, 1);
    cursor = number + 1;
    return whole;
  }

  /** Takes a frame off the queue and forgets it. */
  void discard(PacketSocket socket) {
    int discarded = socket.receive(scratch.address(), (int) scratch.byteSize());
    assert discarded != 0 : "a queued frame has a length";
  }

  private PacketFrame frame(int number) {
    PacketFrame frame = frames[number];
    if (frame == null) {
      // The collector's memory, for a frame may outlive the channel.
      var memory = Arena.ofAuto().allocate(START + CAPACITY, Long.BYTES);
      frame = new PacketFrame(new FrameMemory(memory, header > 0), this, number);
      frames[number] = frame;
    }
    return frame.lay(START, 0, START + CAPACITY);
  }

  @Override
  public boolean isWhole(int number) {
    return length >= 0;
  }

  @Override
  public PacketFrame view(int number) {
    return frame(number).deliver(length, type);
  }

  @Override
  public int flags(int number) {
    return flags;
  }

  @Override
  public int vlanProtocol(int number) {
    return vlanProtocol;
  }

  @Override
  public int vlanTag(int number) {
    return vlanTag;
  }

  /** Returns the view itself: the memory is nobody else's. */
  @Override
  public @Nullable PacketFrame hold(int number) {
    return frames[number];
  }

  @Override
  public void recycle(PacketFrame frame) {
    release(frame.slot());
  }

  @Override
  public void release(int number) {
    taken.setRelease(number, 0);
  }
}
