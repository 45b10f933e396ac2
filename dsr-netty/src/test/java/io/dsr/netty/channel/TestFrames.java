package io.dsr.netty.channel;

import io.dsr.core.frame.FrameBuilder;
import io.netty.buffer.ByteBuf;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.HexFormat;

/** Frames that only these tests send: broadcast, of an EtherType for local experiments. */
final class TestFrames {

  static final int EXPERIMENTAL = 0x88b5; // IEEE 802, local experiments

  private static final long BROADCAST = 0xffff_ffff_ffffL;

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
    return payload(number, length - 14).ethernet(BROADCAST, 0, EXPERIMENTAL).buffer();
  }

  static byte[] tagged() {
    return payload(3, 46).vlan(0xa064, EXPERIMENTAL).ethernet(BROADCAST, 0, 0x8100).bytes();
  }

  private static FrameBuilder payload(int number, int length) {
    return FrameBuilder.payload(ByteBuffer.allocate(length).putInt(26, number).array());
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
