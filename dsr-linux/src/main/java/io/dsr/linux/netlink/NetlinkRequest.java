package io.dsr.linux.netlink;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Writes a netlink message: a header, a family's own header, attributes (linux/netlink.h). */
public final class NetlinkRequest {

  /** {@code NLM_F_REQUEST}. */
  public static final int REQUEST = 0x001;

  /** {@code NLM_F_DUMP}: answer with all there are. */
  public static final int DUMP = 0x300;

  private static final int CAPACITY = 4096;
  private static final int ALIGNMENT = 4;

  private final ByteBuffer bytes = ByteBuffer.allocate(CAPACITY).order(ByteOrder.nativeOrder());

  /** Begins a message of a type, with flags; {@link #REQUEST} is always one of them. */
  public NetlinkRequest(int type, int flags) {
    bytes.putInt(0).putShort((short) type).putShort((short) (flags | REQUEST)).putInt(0).putInt(0);
  }

  /** Adds {@code length} zero bytes, the first of which is {@code family}. */
  public NetlinkRequest header(int family, int length) {
    bytes.put((byte) family);
    bytes.position(bytes.position() + length - 1);
    return this;
  }

  /** Adds an attribute that is a string. */
  public NetlinkRequest attribute(int type, String value) {
    byte[] text = value.getBytes(StandardCharsets.UTF_8);
    bytes.putShort((short) (4 + text.length + 1)).putShort((short) type).put(text).put((byte) 0);
    bytes.position((bytes.position() + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
    return this;
  }

  byte[] encode(int sequence) {
    bytes.putInt(0, bytes.position()).putInt(8, sequence);
    byte[] message = new byte[bytes.position()];
    bytes.get(0, message);
    return message;
  }
}
