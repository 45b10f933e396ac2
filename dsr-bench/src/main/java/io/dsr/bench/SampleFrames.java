package io.dsr.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/** Frames from many clients to 192.0.2.10:80, written into one direct buffer. */
final class SampleFrames {

  static final long CLIENT_MAC = 0x0200_0000_00ccL;
  static final long BALANCER_MAC = 0x0200_0000_00aaL;
  static final int VIP = 0xc000_020a;
  static final int PORT = 80;

  private static final int IP = 14;
  private static final int TCP = 34;
  private static final int LENGTH = 60;

  private SampleFrames() {}

  /** Returns a TCP segment; {@link #client} gives it another client. */
  static ByteBuf tcp(int flags) {
    ByteBuf frame = Unpooled.directBuffer(LENGTH).writeZero(LENGTH);
    addressed(frame);
    frame.setShort(12, 0x0800);
    frame.setByte(IP, 0x45).setShort(IP + 2, 40).setByte(IP + 8, 64).setByte(IP + 9, 6);
    frame.setInt(IP + 16, VIP);
    frame.setShort(TCP + 2, PORT).setByte(TCP + 12, 0x50).setByte(TCP + 13, flags);
    return frame;
  }

  /** Gives a segment back its addresses on the link, which the director has rewritten. */
  static void addressed(ByteBuf frame) {
    frame.setMedium(0, (int) (BALANCER_MAC >> 24)).setMedium(3, (int) BALANCER_MAC & 0xff_ffff);
    frame.setMedium(6, (int) (CLIENT_MAC >> 24)).setMedium(9, (int) CLIENT_MAC & 0xff_ffff);
  }

  /** Makes a segment one of client number {@code client}. */
  static void client(ByteBuf frame, int client) {
    frame.setInt(IP + 12, 0x0a00_0000 + (client >>> 12));
    frame.setShort(TCP, 1024 + (client & 0xfff));
  }
}
