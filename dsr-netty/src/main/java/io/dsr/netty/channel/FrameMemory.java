package io.dsr.netty.channel;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/** Memory that frames lie in, as a segment and as a buffer. */
final class FrameMemory {

  private final MemorySegment segment;
  private final ByteBuffer buffer;
  private final long address;
  private final boolean vnetHeader;

  /**
   * Describes {@code segment}, of at most 2 GB.
   *
   * @param vnetHeader whether a {@link VnetHeader} lies in front of each frame
   */
  FrameMemory(MemorySegment segment, boolean vnetHeader) {
    this(segment, segment.asByteBuffer(), vnetHeader);
  }

  /** Describes what lies between position and limit of {@code buffer}. */
  FrameMemory(ByteBuffer buffer, boolean vnetHeader) {
    this(MemorySegment.ofBuffer(buffer), buffer.slice(), vnetHeader);
  }

  private FrameMemory(MemorySegment segment, ByteBuffer buffer, boolean vnetHeader) {
    this.segment = segment;
    this.buffer = buffer;
    this.address = segment.address();
    this.vnetHeader = vnetHeader;
  }

  MemorySegment segment() {
    return segment;
  }

  ByteBuffer buffer() {
    return buffer;
  }

  long address() {
    return address;
  }

  boolean hasVnetHeader() {
    return vnetHeader;
  }
}
