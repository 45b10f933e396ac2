package io.dsr.netty.channel;

import io.dsr.linux.packet.PacketBlocks;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.jspecify.annotations.Nullable;

/**
 * A receive ring of blocks and a bounded pool of frames over it. A block goes back to the kernel
 * when the reader is through with it and the last frame in it is released.
 */
final class BlockMemory extends MappedFrames {

  private static final int FRAMES = 4096;
  private static final int PROBES = 8;

  private final PacketBlocks blocks;
  private final FrameMemory memory;
  private final @Nullable PacketFrame[] frames = new @Nullable PacketFrame[FRAMES];
  private final AtomicIntegerArray blockOfFrame = new AtomicIntegerArray(FRAMES); // or 0, plus 1
  private final AtomicIntegerArray holders;
  private final AtomicInteger open = new AtomicInteger();
  private final PacketFrame view;
  private int cursor;
  private int current;

  BlockMemory(PacketBlocks blocks, boolean vnetHeader) {
    this.blocks = blocks;
    this.memory = new FrameMemory(blocks.memory(), vnetHeader);
    this.view = newView(memory);
    this.holders = new AtomicIntegerArray(blocks.blocks());
  }

  PacketBlocks blocks() {
    return blocks;
  }

  @Override
  public boolean isWhole(int record) {
    return blocks.capturedLength(record) >= blocks.length(record);
  }

  @Override
  public PacketFrame view(int record) {
    int length = blocks.capturedLength(record);
    lay(view, record, record + blocks.macOffset(record), length);
    view.show(length, blocks.packetType(record));
    return view;
  }

  /** Lays a frame over a record; {@code length} bytes from {@code start} on are there. */
  private static PacketFrame lay(PacketFrame frame, int record, int start, int length) {
    return frame.lay(start, record + PacketBlocks.HEADER_LENGTH, start + length);
  }

  @Override
  public int flags(int record) {
    return blocks.flags(record);
  }

  @Override
  public int vlanProtocol(int record) {
    return blocks.vlanProtocol(record);
  }

  @Override
  public int vlanTag(int record) {
    return blocks.vlanTag(record);
  }

  @Override
  public @Nullable PacketFrame hold(int record) {
    PacketFrame frame = isHalfHeld() ? null : take(current);
    if (frame == null) {
      return null;
    }
    int length = view.readableBytes();
    return lay(frame, record, view.base(), length).deliver(length, view.packetType());
  }

  /** Does nothing: the block goes back as a whole, after all that was forwarded out of it. */
  @Override
  public void release(int record) {}

  /** Begins to read a block. Event loop. */
  void begin(int block) {
    current = block;
    holders.setPlain(block, 1);
    blocks.hold(block);
    open.getAndIncrement();
  }

  /** Lets go of a block, for the reader or a frame. */
  void end(int block) {
    if (holders.decrementAndGet(block) == 0) {
      open.getAndDecrement();
      blocks.release(block);
    }
  }

  /** Returns whether more than half of the ring is in other hands. */
  private boolean isHalfHeld() {
    return open.get() > blocks.blocks() / 2 + 1;
  }

  /** Returns a frame that holds {@code block}, or null if there is none left. Event loop. */
  private @Nullable PacketFrame take(int block) {
    for (int i = 0; i < PROBES; i++) {
      int number = (cursor + i) & (FRAMES - 1);
      if (blockOfFrame.getAcquire(number) == 0) {
        cursor = number + 1;
        blockOfFrame.setPlain(number, block + 1);
        holders.getAndIncrement(block);
        retain();
        return frame(number);
      }
    }
    cursor += PROBES;
    return null;
  }

  private PacketFrame frame(int number) {
    PacketFrame frame = frames[number];
    if (frame == null) {
      frame = new PacketFrame(memory, this, number);
      frames[number] = frame;
    }
    return frame;
  }

  @Override
  public void recycle(PacketFrame frame) {
    int block = blockOfFrame.getPlain(frame.slot()) - 1;
    blockOfFrame.setRelease(frame.slot(), 0);
    end(block);
    release();
  }

  @Override
  void unmap() {
    blocks.close();
  }
}
