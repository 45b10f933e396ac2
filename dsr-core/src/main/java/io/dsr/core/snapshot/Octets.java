package io.dsr.core.snapshot;

import io.dsr.core.IpPrefix;
import io.netty.buffer.ByteBuf;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;

/** Texts and addresses, each behind its length; and that nothing is read beyond the end. */
final class Octets {

  private static final int IPV4 = 4;
  private static final int IPV6 = 16;

  private Octets() {}

  /** Writes a text of at most 255 octets. */
  static void shortText(ByteBuf out, String text) {
    byte[] octets = text.getBytes(StandardCharsets.UTF_8);
    out.writeByte(octets.length).writeBytes(octets);
  }

  /** Writes a text of at most 65,535 octets. */
  static void text(ByteBuf out, String text) {
    byte[] octets = text.getBytes(StandardCharsets.UTF_8);
    out.writeShort(octets.length).writeBytes(octets);
  }

  static void address(ByteBuf out, InetAddress address) {
    byte[] octets = address.getAddress();
    out.writeByte(octets.length).writeBytes(octets);
  }

  static String shortText(ByteBuf in) {
    require(in, 1);
    return text(in, in.readUnsignedByte());
  }

  static String text(ByteBuf in) {
    require(in, Short.BYTES);
    return text(in, in.readUnsignedShort());
  }

  private static String text(ByteBuf in, int length) {
    require(in, length);
    return in.readString(length, StandardCharsets.UTF_8);
  }

  static InetAddress address(ByteBuf in) {
    require(in, 1);
    int length = in.readUnsignedByte();
    if (length != IPV4 && length != IPV6) {
      throw new IllegalArgumentException(
          "server address of " + length + " octets (expected: 4 or 16)");
    }
    require(in, length);
    byte[] octets = new byte[length];
    in.readBytes(octets);
    return IpPrefix.address(octets);
  }

  /**
   * Checks that at least {@code octets} octets are left.
   *
   * @throws IllegalArgumentException if not
   */
  static void require(ByteBuf in, int octets) {
    if (in.readableBytes() < octets) {
      throw new IllegalArgumentException(
          "it ends inside a record (expected: " + octets + " more octets)");
    }
  }
}
