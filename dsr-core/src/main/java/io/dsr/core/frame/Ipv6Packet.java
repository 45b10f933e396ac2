package io.dsr.core.frame;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/**
 * A read-write view of an IPv6 header and the chain of extension headers behind it (RFC 8200).
 *
 * <p>One view serves every frame of a thread. Once {@link #wrap} has returned {@code true}, no
 * accessor of the fixed header fails until the next call; once {@link #walkExtensions} has, none of
 * the others.
 */
public final class Ipv6Packet {

  /** The fixed header, in bytes. */
  public static final int HEADER_LENGTH = 40;

  static final int VERSION_AND_CLASS = 0;
  static final int PAYLOAD_LENGTH = 4;
  static final int NEXT_HEADER = 6;
  static final int HOP_LIMIT = 7;
  static final int SOURCE = 8;
  static final int DESTINATION = 24;

  private static final int EXTENSION_LENGTH = 1;
  private static final int EXTENSION_MINIMUM = 8;
  private static final int FRAGMENT_OFFSET = 2;
  private static final int FRAGMENT_IDENTIFICATION = 4;
  private static final int MORE_FRAGMENTS = 1;
  private static final int VERSION = 6;
  private static final int HOPS = 64;
  private static final int PAD_N = 1;

  // A chain that honest senders make has three or four; a longer one is there to be walked.
  private static final int MAXIMUM_EXTENSIONS = 8;

  private ByteBuf frame = Unpooled.EMPTY_BUFFER;
  private int start;
  private int payloadLength;
  private int nextHeader;
  private int transportProtocol;
  private int transportIndex;
  private int fragmentHeader;

  /** Creates a view of nothing; {@link #wrap} gives it a frame. */
  public Ipv6Packet() {}

  /**
   * Moves this view to {@code index}, or returns {@code false} if there is no IPv6 header there, or
   * one whose payload exceeds the frame. What follows the packet is padding. A jumbogram (RFC
   * 2675), whose payload length is zero, is taken to have no payload.
   */
  @SuppressWarnings("ReferenceEquality") // this very buffer
  public boolean wrap(ByteBuf frame, int index) {
    int available = frame.writerIndex() - index - HEADER_LENGTH;
    if (available < 0) {
      return false;
    }
    long word = frame.getLong(index + VERSION_AND_CLASS); // up to the hop limit
    int payload = (int) (word >>> 16) & 0xffff;
    if ((int) (word >>> 60) != VERSION || payload > available) {
      return false;
    }
    if (this.frame != frame) { // storing a reference costs more than comparing it
      this.frame = frame;
    }
    this.start = index;
    this.payloadLength = payload;
    this.nextHeader = (int) (word >>> 8) & 0xff;
    this.transportProtocol = nextHeader;
    this.transportIndex = index + HEADER_LENGTH;
    this.fragmentHeader = 0;
    return true;
  }

  /**
   * Walks to the transport header, or returns {@code false} if an extension header does not fit, if
   * hop-by-hop options come in any place but the first, if a fragment header comes twice, or if
   * there are more than eight. Ends at a fragment that is not the first of its packet, and at what
   * is encrypted.
   */
  public boolean walkExtensions() {
    fragmentHeader = 0;
    int end = start + HEADER_LENGTH + payloadLength;
    int index = start + HEADER_LENGTH;
    int header = nextHeader;
    for (int count = 0; isExtension(header); count++) {
      // A second fragment header would hide behind a first that says the packet is whole.
      boolean misplaced =
          (header == IpProtocol.HOP_BY_HOP && count > 0)
              || (header == IpProtocol.FRAGMENT && fragmentHeader != 0);
      if (misplaced || count == MAXIMUM_EXTENSIONS || end - index < EXTENSION_MINIMUM) {
        return false;
      }
      if (header == IpProtocol.FRAGMENT) {
        fragmentHeader = index;
      }
      int length = extensionLength(frame, header, index);
      if (end - index < length) {
        return false;
      }
      header = frame.getUnsignedByte(index);
      index += length;
      if (isFragment() && fragmentOffset() != 0) {
        break;
      }
    }
    transportProtocol = header;
    transportIndex = index;
    return true;
  }

  /** Returns the length of all behind the fixed header, in bytes. */
  public int payloadLength() {
    return payloadLength;
  }

  /** Returns the traffic class. */
  public int trafficClass() {
    return (frame.getUnsignedShort(start + VERSION_AND_CLASS) >> 4) & 0xff;
  }

  /** Returns the number of the first header behind the fixed one. */
  public int nextHeader() {
    return nextHeader;
  }

  /** Returns how many more routers may pass this on. */
  public int hopLimit() {
    return frame.getUnsignedByte(start + HOP_LIMIT);
  }

  /** Returns the first eight octets of the source address. */
  public long sourceHigh() {
    return frame.getLong(start + SOURCE);
  }

  /** Returns the last eight octets of the source address. */
  public long sourceLow() {
    return frame.getLong(start + SOURCE + 8);
  }

  /** Returns the first eight octets of the destination address. */
  public long destinationHigh() {
    return frame.getLong(start + DESTINATION);
  }

  /** Returns the last eight octets of the destination address. */
  public long destinationLow() {
    return frame.getLong(start + DESTINATION + 8);
  }

  /** Returns the protocol behind all extension headers; {@link IpProtocol#NONE} for nothing. */
  public int transportProtocol() {
    return transportProtocol;
  }

  /** Returns the absolute index of the transport header. */
  public int transportIndex() {
    return transportIndex;
  }

  /** Returns the length of the transport header and all behind it, in bytes. */
  public int transportLength() {
    return start + HEADER_LENGTH + payloadLength - transportIndex;
  }

  /** Returns whether this is part of a packet; an atomic fragment (RFC 6946) is a whole one. */
  public boolean isFragment() {
    return fragmentHeader != 0 && (fragmentOffset() != 0 || hasMoreFragments());
  }

  /** Returns whether this is the part of a packet that the transport header is in. */
  public boolean isFirstFragment() {
    return fragmentOffset() == 0 && hasMoreFragments();
  }

  /**
   * Returns whether this is a part of a packet that has no transport header at {@link
   * #transportIndex}, only data; its {@link #transportProtocol} need not be that of the packet.
   */
  public boolean isLaterFragment() {
    return fragmentOffset() != 0;
  }

  /** Returns whether another fragment follows this one. */
  public boolean hasMoreFragments() {
    return fragmentHeader != 0
        && (frame.getUnsignedShort(fragmentHeader + FRAGMENT_OFFSET) & MORE_FRAGMENTS) != 0;
  }

  /** Returns where in its packet this fragment belongs, in bytes. */
  public int fragmentOffset() {
    return fragmentHeader == 0 ? 0 : frame.getUnsignedShort(fragmentHeader + FRAGMENT_OFFSET) & ~7;
  }

  /** Returns what the fragments of one packet share, 0 if this is none. */
  public int fragmentIdentification() {
    return fragmentHeader == 0 ? 0 : frame.getInt(fragmentHeader + FRAGMENT_IDENTIFICATION);
  }

  /** Sets the source address; checksums behind stay as they are. */
  public Ipv6Packet source(long high, long low) {
    frame.setLong(start + SOURCE, high).setLong(start + SOURCE + 8, low);
    return this;
  }

  /** Sets the destination address; checksums behind stay as they are. */
  public Ipv6Packet destination(long high, long low) {
    frame.setLong(start + DESTINATION, high).setLong(start + DESTINATION + 8, low);
    return this;
  }

  /** Sets the hop limit. */
  public Ipv6Packet hopLimit(int hops) {
    frame.setByte(start + HOP_LIMIT, hops);
    return this;
  }

  /**
   * Returns the length of the extension header at {@code index}, of which eight bytes are there.
   */
  static int extensionLength(ByteBuf frame, int header, int index) {
    int field = frame.getUnsignedByte(index + EXTENSION_LENGTH);
    return switch (header) {
      case IpProtocol.FRAGMENT -> EXTENSION_MINIMUM;
      case IpProtocol.AUTHENTICATION -> (field + 2) << 2;
      default -> (field + 1) << 3;
    };
  }

  /** Returns whether another header follows the one of that number, and says where. */
  public static boolean isExtension(int header) {
    return switch (header) {
      case IpProtocol.HOP_BY_HOP,
          IpProtocol.ROUTING,
          IpProtocol.FRAGMENT,
          IpProtocol.AUTHENTICATION,
          IpProtocol.DESTINATION_OPTIONS,
          IpProtocol.MOBILITY,
          IpProtocol.HOST_IDENTITY,
          IpProtocol.SHIM6 ->
          true;
      default -> false;
    };
  }

  /**
   * Appends a header of a packet that has 64 hops to live.
   *
   * @param payloadLength what follows, extension headers included, in bytes
   */
  public static void append(
      ByteBuf out,
      long sourceHigh,
      long sourceLow,
      long destinationHigh,
      long destinationLow,
      int nextHeader,
      int payloadLength) {
    out.writeInt(VERSION << 28).writeShort(payloadLength).writeByte(nextHeader).writeByte(HOPS);
    out.writeLong(sourceHigh).writeLong(sourceLow);
    out.writeLong(destinationHigh).writeLong(destinationLow);
  }

  /**
   * Appends an extension header that one PadN option fills (RFC 8200 section 4.2).
   *
   * @param units its length in units of eight bytes, 1 to 32
   */
  public static void appendExtension(ByteBuf out, int nextHeader, int units) {
    out.writeByte(nextHeader).writeByte(units - 1);
    out.writeByte(PAD_N).writeByte(units * 8 - 4).writeZero(units * 8 - 4);
  }

  /**
   * Appends an authentication header of zeros (RFC 4302).
   *
   * @param words its length in units of four bytes, 3 to 257
   */
  public static void appendAuthentication(ByteBuf out, int nextHeader, int words) {
    out.writeByte(nextHeader).writeByte(words - 2).writeZero(words * 4 - 2);
  }

  /**
   * Appends a fragment header.
   *
   * @param offset where the fragment begins, in bytes, a multiple of eight
   */
  public static void appendFragment(
      ByteBuf out, int nextHeader, int offset, boolean more, int identification) {
    out.writeByte(nextHeader).writeByte(0).writeShort((offset & ~7) | (more ? MORE_FRAGMENTS : 0));
    out.writeInt(identification);
  }
}
