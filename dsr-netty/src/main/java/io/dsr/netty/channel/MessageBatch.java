package io.dsr.netty.channel;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.netty.buffer.ByteBuf;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The {@code struct mmsghdr} and {@code struct iovec} of one sendmmsg(2), laid out once: each
 * points to where a frame lies. The event loop's.
 */
final class MessageBatch {

  /** The most frames of a batch. */
  static final int SIZE = 256;

  private static final int STAGING = 256 * 1024;
  private static final int MMSGHDR = 64;
  private static final int MSG_IOV = 16;
  private static final int MSG_IOVLEN = 24;
  private static final int IOVEC = 16;
  private static final int VECTORS = 2; // a header and a frame

  private final boolean vnetHeader;
  // The collector's memory: a listener may close the channel in the middle of a batch.
  private final Arena arena = Arena.ofAuto();
  private final MemorySegment headers = arena.allocate((long) SIZE * MMSGHDR, Long.BYTES);
  private final MemorySegment vectors = arena.allocate((long) SIZE * VECTORS * IOVEC, Long.BYTES);
  private final MemorySegment zeros = arena.allocate(VnetHeader.LENGTH, Long.BYTES);
  private final MemorySegment staging = arena.allocate(STAGING, Long.BYTES);
  private final ByteBuffer stagingBuffer = staging.asByteBuffer();
  private final long headersAddress = headers.address();
  private int count;
  private int staged;

  MessageBatch(boolean vnetHeader) {
    this.vnetHeader = vnetHeader;
    for (int i = 0; i < SIZE; i++) {
      long vector = vectors.address() + (long) i * VECTORS * IOVEC;
      headers.set(JAVA_LONG, (long) i * MMSGHDR + MSG_IOV, vector);
    }
  }

  /** Makes the batch empty. */
  void clear() {
    count = 0;
    staged = 0;
  }

  int count() {
    return count;
  }

  boolean isFull() {
    return count == SIZE;
  }

  /** Returns the native address of the header of a message. */
  long address(int message) {
    return headersAddress + (long) message * MMSGHDR;
  }

  /** Adds a frame; returns false if the memory for copies is full, and it was not added. */
  boolean add(ByteBuf frame) {
    if (frame instanceof PacketFrame whole && whole.readerIndex() == 0) {
      addWhole(whole);
      return true;
    }
    return addOther(frame);
  }

  /** Adds a frame that is to be sent from its index 0 on. */
  void addWhole(PacketFrame frame) {
    if (vnetHeader && !frame.hasVnetHeader()) {
      addWithHeader(zeros.address(), frame.address(), frame.readableBytes());
      return;
    }
    int header = vnetHeader ? VnetHeader.LENGTH : 0;
    vector(0, frame.address() - header, header + frame.readableBytes());
    end(1);
  }

  private boolean addOther(ByteBuf frame) {
    PacketFrame origin = origin(frame);
    if (origin != null) {
      return addPart(frame, origin);
    }
    if (frame.hasMemoryAddress()) {
      long address = frame.memoryAddress() + frame.readerIndex();
      return addWithHeader(zeros.address(), address, frame.readableBytes());
    }
    return addCopy(frame);
  }

  /** Returns the received frame that a slice or a duplicate is made of. */
  private static @Nullable PacketFrame origin(ByteBuf frame) {
    ByteBuf buffer = frame;
    while (buffer != null && !(buffer instanceof PacketFrame)) {
      buffer = buffer.unwrap();
    }
    return (PacketFrame) buffer;
  }

  private boolean addPart(ByteBuf part, PacketFrame origin) {
    int length = part.readableBytes();
    long address = MemorySegment.ofBuffer(part.nioBuffer()).address();
    if (!vnetHeader || !origin.hasVnetHeader()) {
      return addWithHeader(zeros.address(), address, length);
    }
    if (STAGING - staged < VnetHeader.LENGTH) {
      return false;
    }
    origin.copyVnetHeader(staging, staged, (int) (address - origin.address()));
    addWithHeader(staging.address() + staged, address, length);
    staged += VnetHeader.LENGTH;
    return true;
  }

  private boolean addCopy(ByteBuf frame) {
    int length = frame.readableBytes();
    if (STAGING - staged < length) {
      return false;
    }
    frame.getBytes(frame.readerIndex(), stagingBuffer.limit(staged + length).position(staged));
    addWithHeader(zeros.address(), staging.address() + staged, length);
    staged += length;
    return true;
  }

  private boolean addWithHeader(long header, long address, int length) {
    int first = vnetHeader ? 1 : 0;
    if (vnetHeader) {
      vector(0, header, VnetHeader.LENGTH);
    }
    vector(first, address, length);
    end(first + 1);
    return true;
  }

  private void vector(int part, long address, long length) {
    long at = ((long) count * VECTORS + part) * IOVEC;
    vectors.set(JAVA_LONG, at, address);
    vectors.set(JAVA_LONG, at + Long.BYTES, length);
  }

  private void end(int parts) {
    headers.set(JAVA_LONG, (long) count * MMSGHDR + MSG_IOVLEN, parts);
    count++;
  }
}
