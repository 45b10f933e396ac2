package io.dsr.netty.channel;

import io.netty.buffer.AbstractReferenceCountedByteBuf;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.GatheringByteChannel;
import java.nio.channels.ScatteringByteChannel;
import org.jspecify.annotations.Nullable;

/**
 * A window of fixed size over memory that it does not own, which may be moved: one object serves
 * frame after frame, wherever in a ring each lies. Netty's own buffers cannot be moved.
 */
abstract class MemoryBuffer extends AbstractReferenceCountedByteBuf {

  private final ByteBuffer memory;
  private int base;
  private int capacity;

  /** Lays a window of size 0 over the start of {@code memory}, which is big-endian. */
  MemoryBuffer(ByteBuffer memory) {
    super(Integer.MAX_VALUE);
    this.memory = memory;
  }

  /** Moves the window to the {@code size} bytes from {@code start} on. */
  final void window(int start, int size) {
    base = start;
    capacity = size;
    maxCapacity(size);
  }

  /** Returns where index 0 is in the memory. */
  final int base() {
    return base;
  }

  @Override
  public final int capacity() {
    return capacity;
  }

  /** Returns this buffer if {@code size} is its own. */
  @Override
  public final ByteBuf capacity(int size) {
    if (size != capacity) {
      throw new UnsupportedOperationException("capacity: fixed at " + capacity);
    }
    return this;
  }

  @Override
  public final ByteBufAllocator alloc() {
    return ByteBufAllocator.DEFAULT;
  }

  @Override
  @SuppressWarnings("deprecation") // Netty's, which has to be there
  public final ByteOrder order() {
    return ByteOrder.BIG_ENDIAN;
  }

  @Override
  public final @Nullable ByteBuf unwrap() {
    return null;
  }

  @Override
  public final boolean isDirect() {
    return true;
  }

  @Override
  public final boolean isContiguous() {
    return true;
  }

  @Override
  public final boolean hasArray() {
    return false;
  }

  @Override
  public final byte[] array() {
    throw new UnsupportedOperationException("array: the memory is direct");
  }

  @Override
  public final int arrayOffset() {
    throw new UnsupportedOperationException("arrayOffset: the memory is direct");
  }

  @Override
  public final boolean hasMemoryAddress() {
    return false;
  }

  @Override
  public final long memoryAddress() {
    throw new UnsupportedOperationException("memoryAddress: see hasMemoryAddress");
  }

  @Override
  protected final byte _getByte(int index) {
    return memory.get(base + index);
  }

  @Override
  protected final short _getShort(int index) {
    return memory.getShort(base + index);
  }

  @Override
  protected final short _getShortLE(int index) {
    return Short.reverseBytes(memory.getShort(base + index));
  }

  @Override
  protected final int _getUnsignedMedium(int index) {
    return ((_getByte(index) & 0xff) << 16) | (_getShort(index + 1) & 0xffff);
  }

  @Override
  protected final int _getUnsignedMediumLE(int index) {
    return Integer.reverseBytes(_getUnsignedMedium(index)) >>> 8;
  }

  @Override
  protected final int _getInt(int index) {
    return memory.getInt(base + index);
  }

  @Override
  protected final int _getIntLE(int index) {
    return Integer.reverseBytes(memory.getInt(base + index));
  }

  @Override
  protected final long _getLong(int index) {
    return memory.getLong(base + index);
  }

  @Override
  protected final long _getLongLE(int index) {
    return Long.reverseBytes(memory.getLong(base + index));
  }

  @Override
  protected final void _setByte(int index, int value) {
    memory.put(base + index, (byte) value);
  }

  @Override
  protected final void _setShort(int index, int value) {
    memory.putShort(base + index, (short) value);
  }

  @Override
  protected final void _setShortLE(int index, int value) {
    memory.putShort(base + index, Short.reverseBytes((short) value));
  }

  @Override
  protected final void _setMedium(int index, int value) {
    _setByte(index, value >> 16);
    _setShort(index + 1, value);
  }

  @Override
  protected final void _setMediumLE(int index, int value) {
    _setMedium(index, Integer.reverseBytes(value) >>> 8);
  }

  @Override
  protected final void _setInt(int index, int value) {
    memory.putInt(base + index, value);
  }

  @Override
  protected final void _setIntLE(int index, int value) {
    memory.putInt(base + index, Integer.reverseBytes(value));
  }

  @Override
  protected final void _setLong(int index, long value) {
    memory.putLong(base + index, value);
  }

  @Override
  protected final void _setLongLE(int index, long value) {
    memory.putLong(base + index, Long.reverseBytes(value));
  }

  @Override
  public final ByteBuf getBytes(int index, ByteBuf target, int targetIndex, int length) {
    checkDstIndex(index, length, targetIndex, target.capacity());
    target.setBytes(targetIndex, part(index, length));
    return this;
  }

  @Override
  public final ByteBuf getBytes(int index, byte[] target, int targetIndex, int length) {
    checkDstIndex(index, length, targetIndex, target.length);
    memory.get(base + index, target, targetIndex, length);
    return this;
  }

  @Override
  public final ByteBuf getBytes(int index, ByteBuffer target) {
    int length = target.remaining();
    checkIndex(index, length);
    int position = target.position();
    target.put(position, memory, base + index, length).position(position + length);
    return this;
  }

  @Override
  public final ByteBuf getBytes(int index, OutputStream target, int length) throws IOException {
    byte[] bytes = new byte[length];
    getBytes(index, bytes, 0, length);
    target.write(bytes);
    return this;
  }

  @Override
  public final int getBytes(int index, GatheringByteChannel target, int length) throws IOException {
    return target.write(nioBuffer(index, length));
  }

  @Override
  public final int getBytes(int index, FileChannel target, long position, int length)
      throws IOException {
    return target.write(nioBuffer(index, length), position);
  }

  @Override
  public final ByteBuf setBytes(int index, ByteBuf source, int sourceIndex, int length) {
    checkSrcIndex(index, length, sourceIndex, source.capacity());
    source.getBytes(sourceIndex, part(index, length));
    return this;
  }

  @Override
  public final ByteBuf setBytes(int index, byte[] source, int sourceIndex, int length) {
    checkSrcIndex(index, length, sourceIndex, source.length);
    memory.put(base + index, source, sourceIndex, length);
    return this;
  }

  @Override
  public final ByteBuf setBytes(int index, ByteBuffer source) {
    int length = source.remaining();
    checkIndex(index, length);
    int position = source.position();
    memory.put(base + index, source, position, length);
    source.position(position + length);
    return this;
  }

  @Override
  public final int setBytes(int index, InputStream source, int length) throws IOException {
    checkIndex(index, length);
    byte[] bytes = new byte[length];
    int read = source.read(bytes);
    if (read > 0) {
      setBytes(index, bytes, 0, read);
    }
    return read;
  }

  @Override
  public final int setBytes(int index, ScatteringByteChannel source, int length)
      throws IOException {
    return source.read(nioBuffer(index, length));
  }

  @Override
  public final int setBytes(int index, FileChannel source, long position, int length)
      throws IOException {
    return source.read(nioBuffer(index, length), position);
  }

  @Override
  public final int nioBufferCount() {
    return 1;
  }

  @Override
  public final ByteBuffer nioBuffer(int index, int length) {
    checkIndex(index, length);
    return part(index, length);
  }

  @Override
  public final ByteBuffer internalNioBuffer(int index, int length) {
    return nioBuffer(index, length);
  }

  @Override
  public final ByteBuffer[] nioBuffers(int index, int length) {
    return new ByteBuffer[] {nioBuffer(index, length)};
  }

  private ByteBuffer part(int index, int length) {
    return memory.slice(base + index, length);
  }
}
