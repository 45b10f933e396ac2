package io.dsr.netty.channel;

import io.dsr.linux.packet.PacketBlocks;

/** Walks a ring of blocks, TPACKET_V3. */
final class BlockReader extends FrameReader {

  private final BlockMemory memory;
  private final PacketBlocks blocks;
  private int block;
  private int record;
  private int left;
  private boolean begun;

  BlockReader(BlockMemory memory) {
    super(memory);
    this.memory = memory;
    this.blocks = memory.blocks();
  }

  @Override
  public boolean getAsBoolean() {
    return left > 0 || blocks.isReady(block);
  }

  @Override
  boolean next(InboundDispatcher dispatcher, int read, int budget) {
    while (left == 0) {
      if (begun) {
        dispatcher.flush(); // what was forwarded lies in the block that goes back now
        finish();
      }
      if (!blocks.isReady(block)) {
        return false;
      }
      begun = true;
      memory.begin(block);
      left = blocks.packets(block);
      record = blocks.firstRecord(block);
    }
    int taken = record;
    left--;
    if (left > 0) {
      record = blocks.nextRecord(taken);
    }
    dispatcher.deliver(memory, taken);
    return true;
  }

  @Override
  int prefetch(InboundDispatcher dispatcher, int most) {
    int count = Math.min(left, most);
    int at = record;
    for (int i = 0; i < count; i++) {
      dispatcher.prefetch(memory, at);
      at = i + 1 < count ? blocks.nextRecord(at) : at;
    }
    return count;
  }

  private void finish() {
    int finished = block;
    begun = false;
    block = (finished + 1) % blocks.blocks();
    memory.end(finished);
  }

  @Override
  void ended() {
    if (begun && left == 0) {
      finish();
    }
  }

  @Override
  boolean isBlocked() {
    int newest = (block == 0 ? blocks.blocks() : block) - 1;
    return blocks.isHeld(block) || blocks.isHeld(newest);
  }
}
