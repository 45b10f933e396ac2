package io.dsr.linux.packet;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.dsr.linux.LinuxException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/**
 * A receive ring shared with the kernel: slots of equal size, each a {@code struct tpacket2_hdr}
 * (linux/if_packet.h), a {@code struct sockaddr_ll}, and a frame.
 *
 * <p>A slot is the kernel's while its status is {@link #KERNEL}, and ours from {@link #USER} until
 * {@link #release}. Between the two the reader may mark it {@link #HELD}, so that a slot that the
 * kernel has filled again is never taken for one that was not given back. Any thread may release.
 */
public final class PacketRing implements AutoCloseable {

  /** The slot is the kernel's ({@code TP_STATUS_KERNEL}). */
  public static final int KERNEL = 0;

  /** The slot has a frame to read ({@code TP_STATUS_USER}). */
  public static final int USER = 1;

  /** The frame did not fit; {@link PacketSocket#receive} has it ({@code TP_STATUS_COPY}). */
  public static final int COPY = 1 << 1;

  /** The kernel took an 802.1Q tag out of the frame ({@code TP_STATUS_VLAN_VALID}). */
  public static final int VLAN_VALID = 1 << 4;

  /** {@link #vlanProtocol} is set ({@code TP_STATUS_VLAN_TPID_VALID}). */
  public static final int VLAN_PROTOCOL_VALID = 1 << 6;

  /** The slot was read and not yet given back: a bit of ours, which the kernel never sets. */
  public static final int HELD = 1 << 27;

  /** Bytes of a slot that come before all else ({@code TPACKET2_HDRLEN}). */
  public static final int HEADER_LENGTH = 52;

  private static final int STATUS = 0;
  private static final int LENGTH = 4;
  private static final int CAPTURED_LENGTH = 8;
  private static final int MAC_OFFSET = 12;
  private static final int VLAN_TCI = 24;
  private static final int VLAN_PROTOCOL = 26;
  private static final int PACKET_TYPE = 32 + 10; // sll_pkttype of the sockaddr_ll

  private static final int ALIGNMENT = 16; // TPACKET_ALIGNMENT
  private static final int MAC_LENGTH = 14;
  private static final int LARGEST_BLOCK = 256 * 1024;
  private static final int SMALLEST_FRAME = 256;

  private static final VarHandle INT = JAVA_INT.varHandle();

  private final MemorySegment memory;
  private final Arena arena;
  private final int frameSize;
  private final int frames;

  /** Lays a ring over {@code memory}, which lives as long as {@code arena}. */
  PacketRing(MemorySegment memory, Arena arena, int frameSize) {
    this.memory = memory;
    this.arena = arena;
    this.frameSize = frameSize;
    this.frames = (int) (memory.byteSize() / frameSize);
  }

  static PacketRing map(int fd, int frameSize, int frames) throws LinuxException {
    Arena arena = Arena.ofShared();
    try {
      MemorySegment mapped = Mapping.ofRing(fd, (long) frameSize * frames, arena);
      return new PacketRing(mapped, arena, frameSize);
    } catch (LinuxException e) {
      arena.close();
      throw e;
    }
  }

  /** Returns the block that a ring is allocated in: whole slots, of at most 256 KB if possible. */
  static int blockSize(int frameSize, int frames) {
    if (frameSize < SMALLEST_FRAME || Integer.bitCount(frameSize) != 1) {
      throw new IllegalArgumentException(
          "frameSize: " + frameSize + " (expected: a power of two >= " + SMALLEST_FRAME + ")");
    }
    if (frames < 1 || Integer.bitCount(frames) != 1) {
      throw new IllegalArgumentException("frames: " + frames + " (expected: a power of two)");
    }
    long size = (long) frameSize * frames;
    return (int) Math.max(frameSize, Math.min(size, LARGEST_BLOCK));
  }

  /**
   * Returns where a frame with an ordinary Ethernet header begins in its slot, as the kernel
   * computes it ({@code tpacket_rcv} of net/packet/af_packet.c).
   */
  public static int usualMacOffset(int reserve, boolean vnetHeader) {
    int network = (HEADER_LENGTH + ALIGNMENT + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT + reserve;
    return network + (vnetHeader ? PacketSocket.VNET_HEADER_LENGTH : 0) - MAC_LENGTH;
  }

  /** Returns how many slots there are. */
  public int frames() {
    return frames;
  }

  /** Returns the bytes of a slot. */
  public int frameSize() {
    return frameSize;
  }

  /** Returns the memory of all slots; access after {@link #close} throws, and never crashes. */
  public MemorySegment memory() {
    return memory;
  }

  /** Returns where {@code slot} begins in {@link #memory}. */
  public long offset(int slot) {
    return (long) slot * frameSize;
  }

  /** Returns the status of a slot; what the kernel wrote before it is visible then. */
  public int status(int slot) {
    return (int) INT.getAcquire(memory, offset(slot) + STATUS);
  }

  /** Marks a slot as read and not yet given back. */
  public void hold(int slot) {
    INT.setOpaque(memory, offset(slot) + STATUS, HELD);
  }

  /** Gives a slot back to the kernel, after all that the caller did with it. */
  public void release(int slot) {
    INT.setRelease(memory, offset(slot) + STATUS, KERNEL);
  }

  /** Returns the length of the frame as it was on the wire. */
  public int length(int slot) {
    return memory.get(JAVA_INT, offset(slot) + LENGTH);
  }

  /** Returns how many bytes of the frame the slot has. */
  public int capturedLength(int slot) {
    return memory.get(JAVA_INT, offset(slot) + CAPTURED_LENGTH);
  }

  /** Returns where the frame begins, from the start of the slot. */
  public int macOffset(int slot) {
    return Short.toUnsignedInt(memory.get(JAVA_SHORT, offset(slot) + MAC_OFFSET));
  }

  /** Returns the tag control information that was taken out, if {@link #VLAN_VALID} is set. */
  public int vlanTag(int slot) {
    return Short.toUnsignedInt(memory.get(JAVA_SHORT, offset(slot) + VLAN_TCI));
  }

  /** Returns the EtherType of the tag that was taken out, if it is known. */
  public int vlanProtocol(int slot) {
    return Short.toUnsignedInt(memory.get(JAVA_SHORT, offset(slot) + VLAN_PROTOCOL));
  }

  /**
   * Returns the packet type, which says to which host the frame was addressed: {@code PACKET_HOST}
   * is 0, and so on (packet(7)).
   */
  public int packetType(int slot) {
    return memory.get(JAVA_BYTE, offset(slot) + PACKET_TYPE);
  }

  /** Unmaps the memory, once. */
  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }
}
