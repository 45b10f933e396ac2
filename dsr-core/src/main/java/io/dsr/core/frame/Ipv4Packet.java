package io.dsr.core.frame;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/**
 * A read-write view of an IPv4 header (RFC 791).
 *
 * <p>One view serves every frame of a thread. Once {@link #wrap} has returned {@code true}, no
 * accessor fails until the next call.
 */
public final class Ipv4Packet {

  /** The header without options, in bytes. */
  public static final int MINIMUM_HEADER_LENGTH = 20;

  private static final int VERSION_AND_LENGTH = 0;
  static final int TRAFFIC_CLASS = 1;
  static final int TOTAL_LENGTH = 2;
  static final int IDENTIFICATION = 4;
  static final int FRAGMENT = 6;
  static final int TIME_TO_LIVE = 8;
  static final int CHECKSUM = 10;
  private static final int SOURCE = 12;
  private static final int DESTINATION = 16;

  private static final int VERSION = 4;
  static final int MORE_FRAGMENTS = 0x2000;
  private static final int FRAGMENT_OFFSET = 0x1fff;
  private static final int LARGEST_LENGTH = 65_535;
  private static final int HOPS = 64;

  private ByteBuf frame = Unpooled.EMPTY_BUFFER;
  private int start;
  private int headerLength;
  private int totalLength;

  /** Flags and offset, time to live, and protocol, as {@link #wrap} found them. */
  private int fragmentToProtocol;

  /** Creates a view of nothing; {@link #wrap} gives it a frame. */
  public Ipv4Packet() {}

  /**
   * Moves this view to {@code index}, or returns {@code false} if there is no IPv4 header there, or
   * one whose lengths contradict each other or exceed the frame. What follows the packet is
   * padding.
   *
   * <p>A total length of zero is taken for the rest of the frame only where that is longer than the
   * field can say: such packets the kernel makes when it merges segments.
   */
  @SuppressWarnings("ReferenceEquality") // this very buffer
  public boolean wrap(ByteBuf frame, int index) {
    int available = frame.writerIndex() - index;
    if (available < MINIMUM_HEADER_LENGTH) {
      return false;
    }
    int word = frame.getInt(index + VERSION_AND_LENGTH);
    int first = word >>> 24;
    int header = (first & 15) << 2;
    int total = word & 0xffff; // at TOTAL_LENGTH
    if (total == 0 && available > LARGEST_LENGTH) {
      total = available;
    }
    if (first >> 4 != VERSION
        || header < MINIMUM_HEADER_LENGTH
        || total < header
        || total > available) {
      return false;
    }
    if (this.frame != frame) { // storing a reference costs more than comparing it
      this.frame = frame;
    }
    this.start = index;
    this.headerLength = header;
    this.totalLength = total;
    this.fragmentToProtocol = frame.getInt(index + FRAGMENT);
    return true;
  }

  /** Returns the length of the header with its options, 20 to 60 bytes. */
  public int headerLength() {
    return headerLength;
  }

  /** Returns the length of header and payload, in bytes. */
  public int totalLength() {
    return totalLength;
  }

  /** Returns the absolute index of the payload. */
  public int payloadIndex() {
    return start + headerLength;
  }

  /** Returns the length of the payload, in bytes. */
  public int payloadLength() {
    return totalLength - headerLength;
  }

  /** Returns the differentiated services code point and congestion bits, as one byte. */
  public int trafficClass() {
    return frame.getUnsignedByte(start + TRAFFIC_CLASS);
  }

  /** Returns what the fragments of one packet share, 0 to 65,535; of no meaning in a whole one. */
  public int identification() {
    return frame.getUnsignedShort(start + IDENTIFICATION);
  }

  /** Returns whether this is part of a packet. */
  public boolean isFragment() {
    return (fragment() & (MORE_FRAGMENTS | FRAGMENT_OFFSET)) != 0;
  }

  /** Returns whether this is the part of a packet that the transport header is in. */
  public boolean isFirstFragment() {
    return (fragment() & (MORE_FRAGMENTS | FRAGMENT_OFFSET)) == MORE_FRAGMENTS;
  }

  /** Returns whether this is a part of a packet whose payload begins with no transport header. */
  public boolean isLaterFragment() {
    return (fragment() & FRAGMENT_OFFSET) != 0;
  }

  /** Returns whether another fragment follows this one. */
  public boolean hasMoreFragments() {
    return (fragment() & MORE_FRAGMENTS) != 0;
  }

  /** Returns where in its packet this fragment belongs, in bytes. */
  public int fragmentOffset() {
    return (fragment() & FRAGMENT_OFFSET) << 3;
  }

  /** Returns how many more routers may pass this on. */
  public int timeToLive() {
    return frame.getUnsignedByte(start + TIME_TO_LIVE);
  }

  /** Returns the protocol of the payload. */
  public int protocol() {
    return fragmentToProtocol & 0xff;
  }

  /** Returns the header checksum as it stands. */
  public int checksum() {
    return frame.getUnsignedShort(start + CHECKSUM);
  }

  /** Returns whether the header checksum is right. */
  public boolean isChecksumRight() {
    return InternetChecksum.of(InternetChecksum.sum(frame, start, headerLength, 0)) == 0;
  }

  /** Returns the source address. */
  public int source() {
    return frame.getInt(start + SOURCE);
  }

  /** Returns the destination address. */
  public int destination() {
    return frame.getInt(start + DESTINATION);
  }

  /** Returns both addresses in one look, the source in the high 32 bits. */
  public long addresses() {
    return frame.getLong(start + SOURCE);
  }

  /** Sets the source address; the checksum stays, see {@link #computeChecksum}. */
  public Ipv4Packet source(int address) {
    frame.setInt(start + SOURCE, address);
    return this;
  }

  /** Sets the destination address; the checksum stays, see {@link #computeChecksum}. */
  public Ipv4Packet destination(int address) {
    frame.setInt(start + DESTINATION, address);
    return this;
  }

  /** Sets the time to live; the checksum stays, see {@link #computeChecksum}. */
  public Ipv4Packet timeToLive(int hops) {
    frame.setByte(start + TIME_TO_LIVE, hops);
    return this;
  }

  /** Makes the header checksum right. */
  public Ipv4Packet computeChecksum() {
    frame.setShort(start + CHECKSUM, 0);
    int checksum = InternetChecksum.of(InternetChecksum.sum(frame, start, headerLength, 0));
    frame.setShort(start + CHECKSUM, checksum);
    return this;
  }

  /**
   * Appends a header, with its checksum, of a packet that is whole and has 64 hops to live.
   *
   * @param payloadLength what follows, in bytes
   * @param options options, a multiple of four bytes, at most 40
   */
  public static void append(
      ByteBuf out, int source, int destination, int protocol, int payloadLength, byte... options) {
    int start = out.writerIndex();
    int header = MINIMUM_HEADER_LENGTH + options.length;
    out.writeByte((VERSION << 4) | (header / 4)).writeByte(0).writeShort(header + payloadLength);
    out.writeInt(0).writeByte(HOPS).writeByte(protocol).writeShort(0);
    out.writeInt(source).writeInt(destination).writeBytes(options);
    out.setShort(
        start + CHECKSUM, InternetChecksum.of(InternetChecksum.sum(out, start, header, 0)));
  }

  private int fragment() {
    return fragmentToProtocol >>> 16;
  }
}
