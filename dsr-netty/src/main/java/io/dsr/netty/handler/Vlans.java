package io.dsr.netty.handler;

import io.dsr.core.frame.EtherType;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/** Puts an untagged frame on a VLAN (IEEE 802.1Q): its addresses, a tag, and the rest. */
final class Vlans {

  private static final int ADDRESSES = 12;
  private static final int TAG = 4;

  private Vlans() {}

  /**
   * Returns a copy of a frame with a tag of priority 0, and releases the frame. A copy, for there
   * is no room before a frame that lies in the receive ring.
   *
   * @param vlan the VLAN identifier, 1 to 4094
   */
  static ByteBuf tagged(ByteBufAllocator allocator, ByteBuf frame, int vlan) {
    try {
      int length = frame.readableBytes();
      int start = frame.readerIndex();
      return allocator
          .directBuffer(length + TAG)
          .writeBytes(frame, start, ADDRESSES)
          .writeShort(EtherType.VLAN)
          .writeShort(vlan)
          .writeBytes(frame, start + ADDRESSES, length - ADDRESSES);
    } finally {
      frame.release();
    }
  }
}
