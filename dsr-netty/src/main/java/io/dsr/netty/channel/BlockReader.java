package io.dsr.netty.channel;

import io.dsr.linux.packet.PacketBlocks;
import io.dsr.linux.packet.PacketRing;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/** Walks a ring of blocks, TPACKET_V3. */
final class BlockReader extends FrameReader implements PacketWriter.SlotOwner {

  private final BlockMemory memory;
  private final PacketBlocks blocks;
  private final PacketCounters counters;
  private final ByteBufAllocator allocator;
  private final PacketFrame view;
  private int block;
  private int record;
  private int left;
  private boolean begun;

  BlockReader(BlockMemory memory, PacketCounters counters, ByteBufAllocator allocator) {
    super(memory);
    this.memory = memory;
    this.blocks = memory.blocks();
    this.counters = counters;
    this.allocator = allocator;
    this.view = memory.newView();
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
    take(dispatcher, taken);
    return true;
  }

  @Override
  int prefetch(InboundDispatcher dispatcher, int most) {
    int count = Math.min(left, most);
    int at = record;
    for (int i = 0; i < count; i++) {
      lay(at);
      dispatcher.prefetch(view);
      at = i + 1 < count ? blocks.nextRecord(at) : at;
    }
    return count;
  }

  private void lay(int at) {
    int length = blocks.capturedLength(at);
    memory.lay(view, at, at + blocks.macOffset(at), length);
    view.show(length, blocks.packetType(at));
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

  private void take(InboundDispatcher dispatcher, int at) {
    if (blocks.capturedLength(at) < blocks.length(at)) {
      counters.add(PacketCounters.TRUNCATED, 1);
      return;
    }
    lay(at);
    int flags = blocks.flags(at);
    if ((flags & PacketRing.VLAN_VALID) != 0) {
      int protocol = VlanInsertion.protocol(flags, blocks.vlanProtocol(at));
      view.insertTag(protocol, blocks.vlanTag(at));
    }
    counters.add(PacketCounters.RECEIVED, 1);
    if (!dispatcher.isInline()) {
      pass(dispatcher, at);
      return;
    }
    switch (dispatcher.ask(view)) {
      case FORWARD -> dispatcher.forward(view, this, block);
      case PASS -> pass(dispatcher, at);
      case DROP -> release(block);
    }
  }

  private void pass(InboundDispatcher dispatcher, int at) {
    int length = view.readableBytes();
    @Nullable PacketFrame frame = memory.isHalfHeld() ? null : memory.take(block);
    if (frame == null) {
      PacketFrame copy = dispatcher.copy(view, allocator);
      if (copy != null) {
        dispatcher.pass(copy);
      }
      return;
    }
    memory.lay(frame, at, view.base(), length);
    dispatcher.pass(frame.deliver(length, view.packetType()));
  }

  /** Does nothing: the block goes back as a whole, after all that was forwarded out of it. */
  @Override
  public void release(int slot) {}
}
