package io.dsr.linux.packet;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.dsr.linux.LinuxException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Buffers of equal size for recvmmsg(2), with their {@code struct mmsghdr}, {@code struct
 * sockaddr_ll} and {@code PACKET_AUXDATA} (packet(7)): what a ring's slots have, without a ring.
 * Memory is taken by the page, when a frame first touches it.
 *
 * <p>One thread receives; the memory itself may be read by any.
 */
public final class MessageSlots implements AutoCloseable {

  /** Where in a slot the kernel writes, a vnet header first; a multiple of 16. */
  public static final int START = 32;

  private static final int MMSGHDR = 64;
  private static final int NAME = 0;
  private static final int NAME_LENGTH = 8;
  private static final int VECTORS = 16;
  private static final int VECTOR_COUNT = 24;
  private static final int CONTROL = 32;
  private static final int CONTROL_LENGTH = 40;
  private static final int FLAGS = 48;
  private static final int RECEIVED = 56;

  // One slot's share of the memory beside the frames: iovec, sockaddr_ll, cmsghdr with its data
  private static final int SIDE = 128;
  private static final int SIDE_NAME = 16;
  private static final int SIDE_CONTROL = 48;
  private static final int CONTROL_SPACE = 40; // CMSG_SPACE(sizeof(struct tpacket_auxdata))
  private static final int ADDRESS_LENGTH = 20;
  private static final int PACKET_TYPE = SIDE_NAME + 10;

  // struct tpacket_auxdata behind a struct cmsghdr
  private static final int AUX = SIDE_CONTROL + 16;
  private static final int AUX_STATUS = AUX;
  private static final int AUX_VLAN_TCI = AUX + 16;
  private static final int AUX_VLAN_PROTOCOL = AUX + 18;

  private static final int MSG_TRUNC = 0x20;

  private final Arena arena = Arena.ofShared();
  private final MemorySegment memory;
  private final MemorySegment headers;
  private final MemorySegment sides;
  private final int slotSize;
  private final int slots;

  /**
   * Maps the memory.
   *
   * @param slotSize bytes of a slot, {@link #START} included: a multiple of 4,096
   */
  public MessageSlots(int slotSize, int slots) throws LinuxException {
    this.slotSize = slotSize;
    this.slots = slots;
    boolean success = false;
    try {
      memory = Mapping.anonymous((long) slotSize * slots, arena);
      headers = arena.allocate((long) slots * MMSGHDR, Long.BYTES);
      sides = arena.allocate((long) slots * SIDE, Long.BYTES);
      for (int slot = 0; slot < slots; slot++) {
        layOut(slot);
      }
      success = true;
    } finally {
      if (!success) {
        arena.close();
      }
    }
  }

  private void layOut(int slot) {
    long side = (long) slot * SIDE;
    sides.set(JAVA_LONG, side, memory.address() + start(slot));
    sides.set(JAVA_LONG, side + Long.BYTES, slotSize - START);
    long header = (long) slot * MMSGHDR;
    headers.set(JAVA_LONG, header + NAME, sides.address() + side + SIDE_NAME);
    headers.set(JAVA_LONG, header + VECTORS, sides.address() + side);
    headers.set(JAVA_LONG, header + VECTOR_COUNT, 1);
    headers.set(JAVA_LONG, header + CONTROL, sides.address() + side + SIDE_CONTROL);
  }

  /** Returns how many slots there are. */
  public int slots() {
    return slots;
  }

  /** Returns the bytes of a slot. */
  public int slotSize() {
    return slotSize;
  }

  /** Returns the memory of all slots; access after {@link #close} throws, and never crashes. */
  public MemorySegment memory() {
    return memory;
  }

  /** Returns where in {@link #memory} the kernel writes what comes to a slot. */
  public int start(int slot) {
    return slot * slotSize + START;
  }

  /**
   * Receives into {@code count} slots from {@code slot} on, as many as there are frames.
   *
   * @return how many frames came; or the negative error number, {@code -EAGAIN} if there is none
   */
  public int receive(PacketSocket socket, int slot, int count) {
    for (int i = slot; i < slot + count; i++) {
      long header = (long) i * MMSGHDR;
      headers.set(JAVA_INT, header + NAME_LENGTH, ADDRESS_LENGTH);
      headers.set(JAVA_LONG, header + CONTROL_LENGTH, CONTROL_SPACE);
    }
    return socket.receiveBatch(headers.address() + (long) slot * MMSGHDR, count);
  }

  /** Returns the bytes that came to a slot, with the vnet header. */
  public int length(int slot) {
    return headers.get(JAVA_INT, (long) slot * MMSGHDR + RECEIVED);
  }

  /** Returns whether a part of the frame did not fit. */
  public boolean isTruncated(int slot) {
    return (headers.get(JAVA_INT, (long) slot * MMSGHDR + FLAGS) & MSG_TRUNC) != 0;
  }

  /** Returns the flags of a frame, such as {@link PacketRing#VLAN_VALID}. */
  public int flags(int slot) {
    boolean known = headers.get(JAVA_LONG, (long) slot * MMSGHDR + CONTROL_LENGTH) != 0;
    return known ? sides.get(JAVA_INT, (long) slot * SIDE + AUX_STATUS) : 0;
  }

  /** Returns the tag that was taken out, if {@link PacketRing#VLAN_VALID} is set. */
  public int vlanTag(int slot) {
    return Short.toUnsignedInt(sides.get(JAVA_SHORT, (long) slot * SIDE + AUX_VLAN_TCI));
  }

  /** Returns the EtherType of the tag that was taken out, if it is known. */
  public int vlanProtocol(int slot) {
    return Short.toUnsignedInt(sides.get(JAVA_SHORT, (long) slot * SIDE + AUX_VLAN_PROTOCOL));
  }

  /**
   * Returns the packet type, which says to which host the frame was addressed: {@code PACKET_HOST}
   * is 0, and so on (packet(7)).
   */
  public int packetType(int slot) {
    return sides.get(JAVA_BYTE, (long) slot * SIDE + PACKET_TYPE);
  }

  /** Unmaps the memory, once. */
  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }
}
