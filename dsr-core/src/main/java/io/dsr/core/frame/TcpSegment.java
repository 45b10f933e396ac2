package io.dsr.core.frame;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/**
 * A view of a TCP header (RFC 9293 section 3.1).
 *
 * <p>One view serves every frame of a thread. Once {@link #wrap} has returned {@code true}, no
 * accessor fails until the next call.
 */
public final class TcpSegment {

  /** The header without options, in bytes. */
  public static final int MINIMUM_HEADER_LENGTH = 20;

  /** The sender has sent all its data. */
  public static final int FIN = 0x01;

  /** The sender's sequence numbers begin. */
  public static final int SYN = 0x02;

  /** The connection is reset. */
  public static final int RST = 0x04;

  /** The data should be handed over at once. */
  public static final int PSH = 0x08;

  /** The acknowledgement number counts. */
  public static final int ACK = 0x10;

  /** The urgent pointer counts. */
  public static final int URG = 0x20;

  private static final int BASIC_FLAGS = 0x3f;
  private static final int WIDEST_WINDOW = 0xffff;
  private static final long BOGUS = bogus();

  private static final int SOURCE_PORT = 0;
  private static final int DESTINATION_PORT = 2;
  static final int SEQUENCE = 4;
  static final int ACKNOWLEDGEMENT = 8;
  private static final int DATA_OFFSET = 12;
  static final int WINDOW = 14;
  static final int CHECKSUM = 16;

  private ByteBuf frame = Unpooled.EMPTY_BUFFER;
  private int start;
  private int length;
  private int headerLength;
  private int flags;

  /** Creates a view of nothing; {@link #wrap} gives it a frame. */
  public TcpSegment() {}

  /**
   * Moves this view over {@code length} bytes from {@code index}, which the frame must have, or
   * returns {@code false} if a header with its options does not fit.
   */
  @SuppressWarnings("ReferenceEquality") // this very buffer
  public boolean wrap(ByteBuf frame, int index, int length) {
    if (length < MINIMUM_HEADER_LENGTH) {
      return false;
    }
    int word = frame.getUnsignedShort(index + DATA_OFFSET);
    int header = word >> 12 << 2;
    if (header < MINIMUM_HEADER_LENGTH || header > length) {
      return false;
    }
    if (this.frame != frame) { // storing a reference costs more than comparing it
      this.frame = frame;
    }
    this.start = index;
    this.length = length;
    this.headerLength = header;
    this.flags = word & 0xff;
    return true;
  }

  /**
   * Returns whether no TCP sends a segment with these flags, only a scanner or a broken one.
   *
   * <p>That is: none of SYN, ACK, FIN and RST; SYN with FIN or RST; FIN with RST; FIN without ACK.
   * PSH and the two bits of congestion notification do not matter; nor does URG, as it has been
   * seen on SYN, and on a reset does no harm. SYN with PSH is what TCP Fast Open (RFC 7413) sends
   * with data. SYN with FIN was sent by T/TCP (RFC 1644), which is historic (RFC 6247).
   *
   * @param flags as {@link #flags} returns them; other bits do not matter
   */
  public static boolean isBogus(int flags) {
    return ((BOGUS >>> (flags & BASIC_FLAGS)) & 1) != 0;
  }

  /**
   * Returns whether a segment with these flags is the first of its connection: SYN alone of SYN,
   * ACK, FIN and RST.
   *
   * @param flags as {@link #flags} returns them; other bits do not matter
   */
  public static boolean isOpening(int flags) {
    return (flags & (SYN | ACK | RST | FIN)) == SYN;
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

  /** Returns the sequence number of the first octet, unsigned. */
  public int sequence() {
    return frame.getInt(start + SEQUENCE);
  }

  /** Returns the acknowledgement number, unsigned; it counts only with {@link #ACK}. */
  public int acknowledgement() {
    return frame.getInt(start + ACKNOWLEDGEMENT);
  }

  /** Returns the sequence number that follows the last octet, SYN and FIN counted, unsigned. */
  public int sequenceEnd() {
    return sequence() + octets();
  }

  /** Returns how many sequence numbers this takes: its data, SYN and FIN counted. */
  public int octets() {
    return payloadLength() + ((flags & SYN) != 0 ? 1 : 0) + (flags & FIN);
  }

  /** Returns the eight flags as {@link #wrap} found them, {@link #FIN} the lowest. */
  public int flags() {
    return flags;
  }

  /** Returns the window as it stands, not scaled. */
  public int window() {
    return frame.getUnsignedShort(start + WINDOW);
  }

  /** Returns the checksum as it stands. */
  public int checksum() {
    return frame.getUnsignedShort(start + CHECKSUM);
  }

  /** Returns the length of the header with its options, 20 to 60 bytes. */
  public int headerLength() {
    return headerLength;
  }

  /** Returns the length of the data, in bytes. */
  public int payloadLength() {
    return length - headerLength;
  }

  /**
   * Appends a header with the widest window and no numbers, whose checksum is still to be filled.
   *
   * @param flags the lowest eight bits of the flags
   * @param options options, a multiple of four bytes, at most 40
   */
  public static void append(
      ByteBuf out, int sourcePort, int destinationPort, int flags, byte... options) {
    out.writeShort(sourcePort).writeShort(destinationPort).writeLong(0);
    out.writeByte(((MINIMUM_HEADER_LENGTH + options.length) / 4) << 4).writeByte(flags);
    out.writeShort(WIDEST_WINDOW).writeInt(0).writeBytes(options);
  }

  /** Returns a bit for each combination of the six low flags. */
  private static long bogus() {
    long bogus = 0;
    for (int flags = 0; flags <= BASIC_FLAGS; flags++) {
      boolean sent =
          switch (flags & (SYN | FIN | RST)) {
            case 0, FIN -> (flags & ACK) != 0;
            case SYN, RST -> true;
            default -> false;
          };
      bogus |= sent ? 0 : 1L << flags;
    }
    return bogus;
  }
}
