package io.dsr.core.frame;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/**
 * A read-write view of an ICMP message of IPv4 (RFC 792) or of IPv6 (RFC 4443): their first eight
 * bytes are laid out alike, the types differ.
 *
 * <p>One view serves every frame of a thread. Once {@link #wrap} has returned {@code true}, no
 * accessor fails until the next call.
 */
public final class IcmpMessage {

  /** Type, code, checksum and the four bytes whose meaning depends on them. */
  public static final int HEADER_LENGTH = 8;

  /** An echo request of IPv4. */
  public static final int ECHO_REQUEST = 8;

  /** An echo reply of IPv4. */
  public static final int ECHO_REPLY = 0;

  /** An echo request of IPv6. */
  public static final int ECHO_REQUEST_V6 = 128;

  /** An echo reply of IPv6. */
  public static final int ECHO_REPLY_V6 = 129;

  private static final int DESTINATION_UNREACHABLE = 3;
  private static final int SOURCE_QUENCH = 4;
  private static final int TIME_EXCEEDED = 11;
  private static final int PARAMETER_PROBLEM = 12;
  private static final int LAST_ERROR_V6 = 127;
  private static final int ROUTER_SOLICITATION = 133;
  private static final int REDIRECT_V6 = 137;

  private static final int TYPE = 0;
  private static final int CODE = 1;
  static final int CHECKSUM = 2;
  private static final int IDENTIFIER = 4;
  private static final int SEQUENCE = 6;

  private ByteBuf frame = Unpooled.EMPTY_BUFFER;
  private int start;
  private int length;
  private boolean ipv6;

  /** Creates a view of nothing; {@link #wrap} gives it a frame. */
  public IcmpMessage() {}

  /**
   * Moves this view over {@code length} bytes from {@code index}, which the frame must have, or
   * returns {@code false} if a header does not fit.
   *
   * @param ipv6 whether the types are those of IPv6
   */
  public boolean wrap(ByteBuf frame, int index, int length, boolean ipv6) {
    if (length < HEADER_LENGTH) {
      return false;
    }
    this.frame = frame;
    this.start = index;
    this.length = length;
    this.ipv6 = ipv6;
    return true;
  }

  /** Returns the type. */
  public int type() {
    return frame.getUnsignedByte(start + TYPE);
  }

  /** Returns the code, which refines the type. */
  public int code() {
    return frame.getUnsignedByte(start + CODE);
  }

  /** Returns the checksum as it stands. */
  public int checksum() {
    return frame.getUnsignedShort(start + CHECKSUM);
  }

  /** Returns the identifier of an echo. */
  public int identifier() {
    return frame.getUnsignedShort(start + IDENTIFIER);
  }

  /** Returns the sequence number of an echo. */
  public int sequence() {
    return frame.getUnsignedShort(start + SEQUENCE);
  }

  /** Returns whether this asks for an echo. */
  public boolean isEchoRequest() {
    return type() == (ipv6 ? ECHO_REQUEST_V6 : ECHO_REQUEST) && code() == 0;
  }

  /**
   * Returns whether this tells of a packet that did not arrive, and quotes it. A redirect quotes
   * one too, but is for the host that sent it and nobody else.
   */
  public boolean isError() {
    int type = type();
    if (ipv6) {
      return type > 0 && type <= LAST_ERROR_V6;
    }
    return switch (type) {
      case DESTINATION_UNREACHABLE, SOURCE_QUENCH, TIME_EXCEEDED, PARAMETER_PROBLEM -> true;
      default -> false;
    };
  }

  /** Returns whether this belongs to neighbor discovery (RFC 4861), router messages included. */
  public boolean isNeighbourDiscovery() {
    return ipv6 && type() >= ROUTER_SOLICITATION && type() <= REDIRECT_V6;
  }

  /** Returns the absolute index of what is behind the header: of an error, the quoted packet. */
  public int bodyIndex() {
    return start + HEADER_LENGTH;
  }

  /** Returns the length of what is behind the header, in bytes. */
  public int bodyLength() {
    return length - HEADER_LENGTH;
  }

  /** Sets the type, and the checksum to what it becomes by that. */
  public IcmpMessage type(int type) {
    int before = frame.getUnsignedShort(start + TYPE);
    frame.setByte(start + TYPE, type);
    int after = frame.getUnsignedShort(start + TYPE);
    frame.setShort(start + CHECKSUM, InternetChecksum.update(checksum(), before, after));
    return this;
  }

  /**
   * Appends a header, whose checksum is still to be filled.
   *
   * @param rest what the type makes of the second four bytes
   */
  public static void append(ByteBuf out, int type, int code, int rest) {
    out.writeByte(type).writeByte(code).writeShort(0).writeInt(rest);
  }
}
