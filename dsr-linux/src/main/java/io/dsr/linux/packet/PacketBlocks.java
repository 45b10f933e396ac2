package io.dsr.linux.packet;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/**
 * A receive ring of blocks of equal size shared with the kernel, each a {@code struct
 * tpacket_block_desc} (linux/if_packet.h) and a chain of frames behind their {@code struct
 * tpacket3_hdr}.
 *
 * <p>A block is the kernel's until {@link #isReady}, and then ours until {@link #release}. In
 * between the reader marks it as held, so that it never takes a block that was not given back for
 * one that the kernel has filled again. Any thread may release.
 */
public final class PacketBlocks implements AutoCloseable {

  /** Bytes from the start of a frame's record that come before all else. */
  public static final int HEADER_LENGTH = 68; // TPACKET3_HDRLEN

  /** Bytes of a block that no frame can have. */
  public static final int BLOCK_OVERHEAD = 48 + HEADER_LENGTH + 64;

  // struct tpacket_hdr_v1, behind version and offset_to_priv
  private static final int BLOCK_STATUS = 8;
  private static final int PACKETS = 12;
  private static final int FIRST_PACKET = 16;

  // struct tpacket3_hdr
  private static final int NEXT_OFFSET = 0;
  private static final int CAPTURED_LENGTH = 12;
  private static final int LENGTH = 16;
  private static final int STATUS = 20;
  private static final int MAC_OFFSET = 24;
  private static final int VLAN_TCI = 32;
  private static final int VLAN_PROTOCOL = 36;
  private static final int PACKET_TYPE = 48 + 10; // sll_pkttype of the sockaddr_ll

  // The kernel takes a block whose TP_STATUS_USER is not set: a held one keeps it.
  private static final int HELD = PacketRing.HELD | PacketRing.USER;
  private static final VarHandle INT = JAVA_INT.varHandle();

  private final MemorySegment memory;
  private final Arena arena;
  private final int blockSize;
  private final int blocks;

  /** Lays a ring over {@code memory}, which lives as long as {@code arena}. */
  PacketBlocks(MemorySegment memory, Arena arena, int blockSize) {
    this.memory = memory;
    this.arena = arena;
    this.blockSize = blockSize;
    this.blocks = (int) (memory.byteSize() / blockSize);
  }

  /** Returns how many blocks there are. */
  public int blocks() {
    return blocks;
  }

  /** Returns the bytes of a block. */
  public int blockSize() {
    return blockSize;
  }

  /** Returns the memory of all blocks; access after {@link #close} throws, and never crashes. */
  public MemorySegment memory() {
    return memory;
  }

  /** Returns whether a block has frames to read; they are visible then. */
  public boolean isReady(int block) {
    return (status(block) & HELD) == PacketRing.USER;
  }

  /** Returns whether a block was read and not yet given back. */
  public boolean isHeld(int block) {
    return (status(block) & HELD) == HELD;
  }

  private int status(int block) {
    return (int) INT.getAcquire(memory, start(block) + BLOCK_STATUS);
  }

  /** Marks a block as read and not yet given back. */
  public void hold(int block) {
    INT.setOpaque(memory, start(block) + BLOCK_STATUS, HELD);
  }

  /** Gives a block back to the kernel, after all that the caller did with it. */
  public void release(int block) {
    INT.setRelease(memory, start(block) + BLOCK_STATUS, PacketRing.KERNEL);
  }

  /** Returns how many frames a block has. */
  public int packets(int block) {
    return memory.get(JAVA_INT, start(block) + PACKETS);
  }

  /** Returns where in {@link #memory} the record of a block's first frame is. */
  public int firstRecord(int block) {
    return (int) start(block) + memory.get(JAVA_INT, start(block) + FIRST_PACKET);
  }

  private long start(int block) {
    return (long) block * blockSize;
  }

  /** Returns where the record after this one is, in the same block; the last has none. */
  public int nextRecord(int record) {
    return record + memory.get(JAVA_INT, (long) record + NEXT_OFFSET);
  }

  /** Returns the length of the frame as it was on the wire. */
  public int length(int record) {
    return memory.get(JAVA_INT, (long) record + LENGTH);
  }

  /** Returns how many bytes of the frame are there. */
  public int capturedLength(int record) {
    return memory.get(JAVA_INT, (long) record + CAPTURED_LENGTH);
  }

  /** Returns the flags of a frame, such as {@link PacketRing#VLAN_VALID}. */
  public int flags(int record) {
    return memory.get(JAVA_INT, (long) record + STATUS);
  }

  /** Returns where the frame begins, from the start of the record. */
  public int macOffset(int record) {
    return Short.toUnsignedInt(memory.get(JAVA_SHORT, (long) record + MAC_OFFSET));
  }

  /** Returns the tag that was taken out, if {@link PacketRing#VLAN_VALID} is set. */
  public int vlanTag(int record) {
    return memory.get(JAVA_INT, (long) record + VLAN_TCI) & 0xffff;
  }

  /** Returns the EtherType of the tag that was taken out, if it is known. */
  public int vlanProtocol(int record) {
    return Short.toUnsignedInt(memory.get(JAVA_SHORT, (long) record + VLAN_PROTOCOL));
  }

  /**
   * Returns the packet type, which says to which host the frame was addressed: {@code PACKET_HOST}
   * is 0, and so on (packet(7)).
   */
  public int packetType(int record) {
    return memory.get(JAVA_BYTE, (long) record + PACKET_TYPE);
  }

  /** Unmaps the memory, once. */
  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }
}
