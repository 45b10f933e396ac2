package io.dsr.core.frame;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/**
 * A view of a UDP header (RFC 768).
 *
 * <p>One view serves every frame of a thread. Once {@link #wrap} or {@link #wrapFirstFragment} has
 * returned {@code true}, no accessor fails until the next call.
 */
public final class UdpDatagram {

  /** The header, in bytes. */
  public static final int HEADER_LENGTH = 8;

  private static final int SOURCE_PORT = 0;
  private static final int DESTINATION_PORT = 2;
  static final int LENGTH = 4;
  static final int CHECKSUM = 6;

  private static final int LONGEST = 65_535;

  private ByteBuf frame = Unpooled.EMPTY_BUFFER;
  private int start;

  /** Creates a view of nothing; {@link #wrap} gives it a frame. */
  public UdpDatagram() {}

  /**
   * Moves this view over {@code length} bytes from {@code index}, which the frame must have, or
   * returns {@code false} if a header does not fit or its length exceeds them. A smaller length is
   * let pass: where the kernel has merged datagrams it is that of one.
   */
  public boolean wrap(ByteBuf frame, int index, int length) {
    return wrap(frame, index, length, length);
  }

  /**
   * Moves this view over the first fragment of a datagram as {@link #wrap} does over a whole one,
   * but only the header must fit: the rest of its length is in other fragments.
   */
  public boolean wrapFirstFragment(ByteBuf frame, int index, int length) {
    return wrap(frame, index, length, LONGEST);
  }

  /** Returns the source port. */
  public int sourcePort() {
    return frame.getUnsignedShort(start + SOURCE_PORT);
  }

  /** Returns the destination port. */
  public int destinationPort() {
    return frame.getUnsignedShort(start + DESTINATION_PORT);
  }

  /** Returns both ports in one look, the source port in the high 16 bits. */
  public int ports() {
    return frame.getInt(start + SOURCE_PORT);
  }

  /** Returns the length of header and data, in bytes. */
  public int length() {
    return frame.getUnsignedShort(start + LENGTH);
  }

  /** Returns the checksum as it stands. */
  public int checksum() {
    return frame.getUnsignedShort(start + CHECKSUM);
  }

  /**
   * Appends a header, whose checksum is still to be filled.
   *
   * @param payloadLength the data that follow, in bytes
   */
  public static void append(ByteBuf out, int sourcePort, int destinationPort, int payloadLength) {
    out.writeShort(sourcePort).writeShort(destinationPort);
    out.writeShort(HEADER_LENGTH + payloadLength).writeShort(0);
  }

  @SuppressWarnings("ReferenceEquality") // this very buffer
  private boolean wrap(ByteBuf frame, int index, int length, int longest) {
    if (length < HEADER_LENGTH) {
      return false;
    }
    int claimed = frame.getUnsignedShort(index + LENGTH);
    if (claimed < HEADER_LENGTH || claimed > longest) {
      return false;
    }
    if (this.frame != frame) { // storing a reference costs more than comparing it
      this.frame = frame;
    }
    this.start = index;
    return true;
  }
}
