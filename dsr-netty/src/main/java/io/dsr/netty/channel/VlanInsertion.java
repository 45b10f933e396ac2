package io.dsr.netty.channel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.dsr.linux.packet.PacketRing;
import java.lang.foreign.MemorySegment;

/** Puts an 802.1Q tag into a frame, as the one that the kernel took out, in place. */
final class VlanInsertion {

  /** By how much the frame, and its vnet header, begin earlier then. */
  static final int LENGTH = 4;

  private static final int MAC_ADDRESSES = 12;
  private static final int CUSTOMER_TAG = 0x8100;

  private VlanInsertion() {}

  /** Returns the EtherType of a tag that was taken out; old kernels leave it out. */
  static int protocol(int status, int given) {
    return (status & PacketRing.VLAN_PROTOCOL_VALID) != 0 ? given : CUSTOMER_TAG;
  }

  /**
   * Moves the MAC addresses, and the vnet header in front of them if there is one, down by {@link
   * #LENGTH} bytes, and writes the tag behind them.
   *
   * @param start where the frame begins in {@code memory}, before it is moved
   */
  static void insert(MemorySegment memory, long start, boolean vnetHeader, int protocol, int tag) {
    int header = vnetHeader ? VnetHeader.LENGTH : 0;
    long from = start - header;
    MemorySegment.copy(memory, from, memory, from - LENGTH, header + MAC_ADDRESSES);
    long at = start - LENGTH + MAC_ADDRESSES;
    memory.set(JAVA_BYTE, at, (byte) (protocol >> 8));
    memory.set(JAVA_BYTE, at + 1, (byte) protocol);
    memory.set(JAVA_BYTE, at + 2, (byte) (tag >> 8));
    memory.set(JAVA_BYTE, at + 3, (byte) tag);
    if (vnetHeader) {
      VnetHeader.shift(memory, from - LENGTH, LENGTH);
    }
  }
}
