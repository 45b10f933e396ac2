package io.dsr.linux.nftables;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Writes netlink messages of the netfilter subsystem one behind the other: headers in the host's
 * byte order, numbers of attributes in the network's, everything padded to four bytes (RFC 3549,
 * {@code include/uapi/linux/netlink.h}).
 */
final class NetlinkWriter {

  static final int HEADER_LENGTH = 16;
  static final int ATTRIBUTE_HEADER_LENGTH = 4;

  private static final int NESTED = 0x8000;
  private static final int MAX_ATTRIBUTE = 0xffff;
  private static final int FIRST_CAPACITY = 4096;

  private ByteBuffer buffer = ByteBuffer.allocate(FIRST_CAPACITY).order(ByteOrder.nativeOrder());
  private int message;

  /** Begins a message: {@code struct nlmsghdr}, {@code struct nfgenmsg}. */
  void begin(int type, int flags, int sequence, int family, int resource) {
    room(HEADER_LENGTH + ATTRIBUTE_HEADER_LENGTH);
    message = buffer.position();
    buffer.putInt(0).putShort((short) type).putShort((short) flags).putInt(sequence).putInt(0);
    buffer.put((byte) family).put((byte) 0).put((byte) (resource >> 8)).put((byte) resource);
  }

  /** Ends the message that was begun last. */
  void end() {
    buffer.putInt(message, buffer.position() - message);
  }

  /** Adds a number of 32 bits. */
  NetlinkWriter number(int type, int value) {
    return bytes(
        type,
        new byte[] {(byte) (value >> 24), (byte) (value >> 16), (byte) (value >> 8), (byte) value});
  }

  /** Adds text with its closing zero. */
  NetlinkWriter text(int type, String value) {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    return bytes(type, Arrays.copyOf(bytes, bytes.length + 1));
  }

  /** Adds bytes as they are. */
  NetlinkWriter bytes(int type, byte[] value) {
    int padded = value.length + 3 & ~3;
    room(ATTRIBUTE_HEADER_LENGTH + padded);
    buffer.putShort((short) (ATTRIBUTE_HEADER_LENGTH + value.length)).putShort((short) type);
    buffer.put(value).put(new byte[padded - value.length]);
    return this;
  }

  /**
   * Adds an attribute of attributes: those that {@code body} writes.
   *
   * @throws IllegalStateException if they are longer than 65,531 bytes
   */
  NetlinkWriter nested(int type, Runnable body) {
    room(ATTRIBUTE_HEADER_LENGTH);
    int start = buffer.position();
    buffer.putShort((short) 0).putShort((short) (type | NESTED));
    body.run();
    int length = buffer.position() - start;
    if (length > MAX_ATTRIBUTE) {
      throw new IllegalStateException("attribute " + type + ": " + length + " bytes long");
    }
    buffer.putShort(start, (short) length);
    return this;
  }

  /** Returns everything written so far. */
  byte[] toBytes() {
    return Arrays.copyOf(buffer.array(), buffer.position());
  }

  private void room(int length) {
    if (buffer.remaining() < length) {
      ByteBuffer larger =
          ByteBuffer.allocate(Math.max(buffer.capacity() * 2, buffer.position() + length))
              .order(ByteOrder.nativeOrder());
      buffer = larger.put(buffer.flip());
    }
  }
}
