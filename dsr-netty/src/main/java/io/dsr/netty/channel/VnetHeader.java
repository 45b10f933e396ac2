package io.dsr.netty.channel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import io.dsr.linux.packet.PacketSocket;
import java.lang.foreign.MemorySegment;

/**
 * The {@code struct virtio_net_hdr} (linux/virtio_net.h) in front of a frame: what is still to be
 * done to it, in the byte order of the host. Offsets in it count from the start of the frame.
 */
final class VnetHeader {

  static final int LENGTH = PacketSocket.VNET_HEADER_LENGTH;

  private static final int FLAGS = 0;
  private static final int GSO_TYPE = 1;
  private static final int HEADER_LENGTH = 2;
  private static final int CHECKSUM_START = 6;
  private static final int NEEDS_CHECKSUM = 1;

  private VnetHeader() {}

  static boolean needsChecksum(MemorySegment memory, long at) {
    return (memory.get(JAVA_BYTE, at + FLAGS) & NEEDS_CHECKSUM) != 0;
  }

  static boolean isSegmented(MemorySegment memory, long at) {
    return memory.get(JAVA_BYTE, at + GSO_TYPE) != 0;
  }

  /** Follows {@code bytes} inserted at the front of the frame, or removed from it if negative. */
  static void shift(MemorySegment memory, long at, int bytes) {
    if (needsChecksum(memory, at)) {
      add(memory, at + CHECKSUM_START, bytes);
    }
    if (memory.get(JAVA_SHORT_UNALIGNED, at + HEADER_LENGTH) != 0) {
      add(memory, at + HEADER_LENGTH, bytes);
    }
  }

  private static void add(MemorySegment memory, long at, int bytes) {
    memory.set(JAVA_SHORT_UNALIGNED, at, (short) (memory.get(JAVA_SHORT_UNALIGNED, at) + bytes));
  }
}
