package io.dsr.netty.channel;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.lang.foreign.MemorySegment;

/**
 * A received frame: a buffer whose index 0 is the destination MAC address, mostly laid over the
 * receive ring itself.
 *
 * <p>A frame over the ring holds its slot until it is released, which any thread may do; while it
 * is retained the kernel cannot go past that slot. What outlives {@code channelReadComplete} should
 * be a {@link #copy()}.
 *
 * <p>In front of index 0 lies, unseen, what the sender left to the hardware: the checksum to
 * complete and the segments to cut. A frame that is written to a {@link PacketChannel}, whole, as a
 * slice or as a copy, keeps it; one assembled in a composite buffer does not. Whoever changes bytes
 * that a checksum covers must know {@link #needsChecksum}: then only the pseudo-header's sum is in
 * the checksum field.
 *
 * <p>Its capacity is fixed.
 */
public final class PacketFrame extends MemoryBuffer {

  /** Takes a frame back whose last reference is gone; called by any thread. */
  interface Owner {
    void recycle(PacketFrame frame);
  }

  private final FrameMemory memory;
  private final Owner owner;
  private final int slot;
  private int floor;
  private int packetType;

  /**
   * Makes a frame that {@link #lay} puts somewhere in {@code memory}.
   *
   * @param slot what the owner knows it by
   */
  PacketFrame(FrameMemory memory, Owner owner, int slot) {
    super(memory.buffer());
    this.memory = memory;
    this.owner = owner;
    this.slot = slot;
  }

  /** Returns a new frame in memory of {@code allocator}, with room for {@code length} bytes. */
  static PacketFrame allocate(ByteBufAllocator allocator, int length, boolean vnetHeader) {
    int start = (vnetHeader ? VnetHeader.LENGTH : 0) + VlanInsertion.LENGTH;
    ByteBuf carrier = allocator.directBuffer(start + length);
    var memory = new FrameMemory(carrier.nioBuffer(0, start + length), vnetHeader);
    var frame = new PacketFrame(memory, _ -> carrier.release(), 0);
    frame.lay(start, 0, start + length);
    return frame;
  }

  /**
   * Puts this frame where one may begin at {@code start}; {@link #deliver} makes it new.
   *
   * @param floor where the memory in front of it begins that a tag may move it into
   * @param end where its memory ends
   */
  PacketFrame lay(int start, int floor, int end) {
    this.floor = floor;
    window(start, end - start);
    return this;
  }

  /** Makes this frame new: one reference, {@code length} readable bytes. */
  PacketFrame deliver(int length, int type) {
    resetRefCnt();
    setIndex(0, 0);
    markReaderIndex();
    markWriterIndex();
    setIndex(0, length);
    packetType = type;
    return this;
  }

  /** Makes this, a view that is nobody's to keep, one of {@code length} readable bytes. */
  void show(int length, int type) {
    if (refCnt() != 1) { // whoever saw the last frame had no right to
      resetRefCnt();
    }
    setIndex(0, length);
    packetType = type;
  }

  /** Returns a copy of bytes from {@code index} on, which does not hold this frame's slot. */
  PacketFrame duplicateInto(ByteBufAllocator allocator, int index, int length) {
    boolean vnetHeader = memory.hasVnetHeader();
    PacketFrame copy = allocate(allocator, length, vnetHeader);
    long from = (long) base() + index;
    MemorySegment.copy(memory.segment(), from, copy.memory.segment(), copy.base(), length);
    if (vnetHeader) {
      copyVnetHeader(copy.memory.segment(), copy.base() - VnetHeader.LENGTH, index);
    }
    return copy.deliver(length, packetType);
  }

  /** Writes the vnet header that this frame has from {@code index} on. */
  void copyVnetHeader(MemorySegment target, long at, int index) {
    long header = (long) base() - VnetHeader.LENGTH;
    MemorySegment.copy(memory.segment(), header, target, at, VnetHeader.LENGTH);
    if (index != 0) {
      VnetHeader.shift(target, at, -index);
    }
  }

  /** Puts a tag behind the MAC addresses; the frame begins {@link VlanInsertion#LENGTH} earlier. */
  void insertTag(int protocol, int tag) {
    VlanInsertion.insert(memory.segment(), base(), memory.hasVnetHeader(), protocol, tag);
    moveStart(-VlanInsertion.LENGTH);
  }

  /** Returns whether {@link #insertTag} would write nothing but this frame's own memory. */
  boolean hasRoomForTag() {
    int header = memory.hasVnetHeader() ? VnetHeader.LENGTH : 0;
    return base() - header - VlanInsertion.LENGTH >= floor;
  }

  private void moveStart(int bytes) {
    int length = readableBytes() - bytes;
    window(base() + bytes, capacity() - bytes);
    setIndex(0, length);
  }

  /** Returns this frame with a tag; takes over the caller's reference to this one. */
  PacketFrame tagged(int protocol, int tag) {
    PacketFrame frame = this;
    if (refCnt() != 1 || !hasRoomForTag()) {
      frame = duplicateInto(alloc(), 0, readableBytes());
      release();
    }
    frame.insertTag(protocol, tag);
    return frame;
  }

  /** Returns the native address of index 0; the vnet header, if any, is right in front of it. */
  long address() {
    return memory.address() + base();
  }

  int slot() {
    return slot;
  }

  boolean hasVnetHeader() {
    return memory.hasVnetHeader();
  }

  /** Returns whether the checksum of the transport header is still to be completed. */
  public boolean needsChecksum() {
    ensureReadable();
    return memory.hasVnetHeader()
        && VnetHeader.needsChecksum(memory.segment(), base() - VnetHeader.LENGTH);
  }

  /** Returns whether this is several segments in one, larger than the link's MTU. */
  public boolean isSegmented() {
    ensureReadable();
    return memory.hasVnetHeader()
        && VnetHeader.isSegmented(memory.segment(), base() - VnetHeader.LENGTH);
  }

  /**
   * Returns the packet type, which says to which host the frame was addressed: 0 this host, 1
   * broadcast, 2 multicast, 3 another host, 4 outgoing ({@code PACKET_HOST} and others, packet(7)).
   */
  public int packetType() {
    return packetType;
  }

  private void ensureReadable() {
    checkIndex(0, 0);
  }

  /** Returns a copy that does not hold the ring, with what the sender left to the hardware. */
  @Override
  public ByteBuf copy(int index, int length) {
    checkIndex(index, length);
    return duplicateInto(alloc(), index, length);
  }

  @Override
  protected void deallocate() {
    owner.recycle(this);
  }
}
