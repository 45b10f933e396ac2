package io.dsr.netty.channel;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.lang.foreign.MemorySegment;
import java.util.HexFormat;

/** Frames that only these tests send: broadcast, of an EtherType for local experiments. */
final class TestFrames {

  static final int EXPERIMENTAL = 0x88b5; // IEEE 802, local experiments

  private TestFrames() {}

  /** Returns a frame over memory of which it does not own the first {@code start} bytes. */
  static PacketFrame over(MemorySegment memory, int start, PacketFrame.Owner owner) {
    var frame = new PacketFrame(new FrameMemory(memory, true), owner, 0);
    return frame.lay(start, 0, (int) memory.byteSize());
  }

  static ByteBuf frame(int number) {
    return frame(number, 60);
  }

  static ByteBuf frame(int number, int length) {
    return Unpooled.buffer(length)
        .writeZero(length)
        .setInt(0, -1)
        .setShort(4, -1)
        .setShort(12, EXPERIMENTAL)
        .setInt(40, number);
  }

  static byte[] tagged() {
    byte[] frame = new byte[64];
    Unpooled.wrappedBuffer(frame)
        .setBytes(0, bytes(frame(3)), 0, 12)
        .setShort(12, 0x8100)
        .setShort(14, 0xa064)
        .setShort(16, EXPERIMENTAL)
        .setInt(44, 3);
    return frame;
  }

  static byte[] bytes(ByteBuf frame) {
    byte[] bytes = new byte[frame.readableBytes()];
    frame.getBytes(frame.readerIndex(), bytes);
    return bytes;
  }

  static int number(ByteBuf frame) {
    return frame.getInt(40);
  }

  static String hex(ByteBuf frame) {
    return HexFormat.of().formatHex(bytes(frame));
  }
}
