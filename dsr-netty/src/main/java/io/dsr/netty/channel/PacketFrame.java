package io.dsr.netty.channel;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledDirectByteBuf;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

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
public final class PacketFrame extends UnpooledDirectByteBuf {

  /** Takes a frame back whose last reference is gone; called by any thread. */
  interface Owner {
    void recycle(PacketFrame frame);

    /** Returns a frame over the same memory that begins elsewhere, or null if there is no room. */
    default @Nullable PacketFrame moved(PacketFrame frame, long start) {
      return frame.moved(start);
    }
  }

  private final MemorySegment memory;
  private final long start;
  private final long address;
  private final boolean vnetHeader;
  private final Owner owner;
  private final int slot;
  private int packetType;

  /**
   * Lays a frame over {@code memory}, from {@code start} to its end.
   *
   * @param slot what the owner knows it by
   */
  PacketFrame(MemorySegment memory, long start, boolean vnetHeader, Owner owner, int slot) {
    super(
        ByteBufAllocator.DEFAULT,
        memory.asSlice(start).asByteBuffer(),
        (int) (memory.byteSize() - start));
    this.memory = memory;
    this.start = start;
    this.address = memory.address() + start;
    this.vnetHeader = vnetHeader;
    this.owner = owner;
    this.slot = slot;
  }

  /** Returns a new frame in memory of {@code allocator}, with room for {@code length} bytes. */
  static PacketFrame allocate(ByteBufAllocator allocator, int length, boolean vnetHeader) {
    int header = vnetHeader ? VnetHeader.LENGTH : 0;
    ByteBuf carrier = allocator.directBuffer(header + length);
    MemorySegment memory = MemorySegment.ofBuffer(carrier.nioBuffer(0, header + length));
    return new PacketFrame(memory, header, vnetHeader, _ -> carrier.release(), 0);
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

  /** Returns a copy of bytes from {@code index} on, which does not hold this frame's slot. */
  PacketFrame duplicateInto(ByteBufAllocator allocator, int index, int length) {
    PacketFrame copy = allocate(allocator, length, vnetHeader);
    MemorySegment.copy(memory, start + index, copy.memory, copy.start, length);
    if (vnetHeader) {
      copyVnetHeader(copy.memory, 0, index);
    }
    return copy.deliver(length, packetType);
  }

  /** Writes the vnet header that this frame has from {@code index} on. */
  void copyVnetHeader(MemorySegment target, long at, int index) {
    MemorySegment.copy(memory, start - VnetHeader.LENGTH, target, at, VnetHeader.LENGTH);
    if (index != 0) {
      VnetHeader.shift(target, at, -index);
    }
  }

  /** Puts a tag behind the MAC addresses; the frame begins {@link VlanInsertion#LENGTH} earlier. */
  void insertTag(int protocol, int tag) {
    VlanInsertion.insert(memory, start, vnetHeader, protocol, tag);
  }

  private @Nullable PacketFrame moved(long newStart) {
    return newStart < (vnetHeader ? VnetHeader.LENGTH : 0)
        ? null
        : new PacketFrame(memory, newStart, vnetHeader, owner, slot);
  }

  /** Returns this frame with a tag; takes over the caller's reference to this one. */
  PacketFrame tagged(int protocol, int tag) {
    int length = readableBytes();
    long earlier = start - VlanInsertion.LENGTH;
    PacketFrame tagged = refCnt() == 1 ? owner.moved(this, earlier) : null;
    if (tagged != null) {
      insertTag(protocol, tag);
      return handOver(tagged, length + VlanInsertion.LENGTH);
    }
    PacketFrame copy = allocate(alloc(), length + VlanInsertion.LENGTH, vnetHeader);
    long at = copy.start + VlanInsertion.LENGTH;
    MemorySegment.copy(memory, start, copy.memory, at, length);
    if (vnetHeader) {
      copyVnetHeader(copy.memory, at - VnetHeader.LENGTH, 0);
    }
    VlanInsertion.insert(copy.memory, at, vnetHeader, protocol, tag);
    copy.deliver(length + VlanInsertion.LENGTH, packetType);
    release();
    return copy;
  }

  /** Returns this frame without its tag; takes over the caller's reference to this one. */
  PacketFrame untagged() {
    PacketFrame untagged = refCnt() == 1 ? owner.moved(this, start + VlanInsertion.LENGTH) : null;
    if (untagged == null) {
      PacketFrame copy = duplicateInto(alloc(), 0, readableBytes());
      release();
      return copy.untagged();
    }
    VlanInsertion.remove(memory, start, vnetHeader);
    return handOver(untagged, readableBytes() - VlanInsertion.LENGTH);
  }

  /** Gives the only reference to this frame to {@code other}, which lies over the same memory. */
  private PacketFrame handOver(PacketFrame other, int length) {
    other.deliver(length, packetType);
    setRefCnt(0);
    return other;
  }

  /** Returns the native address of index 0; the vnet header, if any, is right in front of it. */
  long address() {
    return address;
  }

  /** Returns where index 0 is in the memory that this frame was laid over. */
  long start() {
    return start;
  }

  int slot() {
    return slot;
  }

  boolean hasVnetHeader() {
    return vnetHeader;
  }

  /** Returns whether the checksum of the transport header is still to be completed. */
  public boolean needsChecksum() {
    ensureReadable();
    return vnetHeader && VnetHeader.needsChecksum(memory, start - VnetHeader.LENGTH);
  }

  /** Returns whether this is several segments in one, larger than the link's MTU. */
  public boolean isSegmented() {
    ensureReadable();
    return vnetHeader && VnetHeader.isSegmented(memory, start - VnetHeader.LENGTH);
  }

  /**
   * Returns to whom the frame was addressed as the kernel saw it: 0 this host, 1 broadcast, 2
   * multicast, 3 another host, 4 outgoing ({@code PACKET_HOST} and its like, packet(7)).
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

  /** Returns this frame if {@code capacity} is its own. */
  @Override
  public ByteBuf capacity(int capacity) {
    if (capacity != capacity()) {
      throw new UnsupportedOperationException("capacity: a frame's is fixed: " + capacity());
    }
    return this;
  }

  @Override
  protected void deallocate() {
    owner.recycle(this);
  }
}
