package io.dsr.core.frame;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/**
 * A view of an SCTP common header and the chunks behind it (RFC 9260 section 3).
 *
 * <p>One view serves every frame of a thread. Once {@link #wrap} or {@link #wrapFirstFragment} has
 * returned {@code true}, no accessor fails until the next call.
 */
public final class SctpPacket {

  /** The common header, in bytes. */
  public static final int HEADER_LENGTH = 12;

  private static final int SOURCE_PORT = 0;
  private static final int DESTINATION_PORT = 2;
  private static final int VERIFICATION_TAG = 4;
  static final int CHECKSUM = 8;

  private static final int CHUNK_HEADER_LENGTH = 4;
  private static final int CHUNK_TYPE = 0;
  private static final int CHUNK_LENGTH = 2;
  private static final int LONGEST_CHUNK = 65_535;
  private static final int PADDING = 3;

  // Control chunks come before data (RFC 9260 section 6.10), and no sender has so many of them.
  private static final int MAXIMUM_CHUNKS = 32;

  private ByteBuf frame = Unpooled.EMPTY_BUFFER;
  private int start;
  private int length;

  /** Creates a view of nothing; {@link #wrap} gives it a frame. */
  public SctpPacket() {}

  /**
   * Moves this view over {@code length} bytes from {@code index}, which the frame must have, or
   * returns {@code false} if the common header and a whole first chunk do not fit. Later chunks are
   * not looked at.
   */
  public boolean wrap(ByteBuf frame, int index, int length) {
    return wrap(frame, index, length, length - HEADER_LENGTH);
  }

  /**
   * Moves this view over the first fragment of a packet as {@link #wrap} does over a whole one, but
   * of the first chunk only the header must fit.
   */
  public boolean wrapFirstFragment(ByteBuf frame, int index, int length) {
    return wrap(frame, index, length, LONGEST_CHUNK);
  }

  /** Returns the source port. */
  public int sourcePort() {
    return frame.getUnsignedShort(start + SOURCE_PORT);
  }

  /** Returns the destination port. */
  public int destinationPort() {
    return frame.getUnsignedShort(start + DESTINATION_PORT);
  }

  /** Returns the verification tag, unsigned; that of an INIT is zero. */
  public int verificationTag() {
    return frame.getInt(start + VERIFICATION_TAG);
  }

  /** Returns the CRC32c as it stands. */
  public int checksum() {
    return frame.getInt(start + CHECKSUM);
  }

  /** Returns the type of the first chunk, see {@link SctpChunk}. */
  public int firstChunkType() {
    return chunkType(HEADER_LENGTH);
  }

  /**
   * Returns the type of the chunk that decides what becomes of the association, as the Linux
   * kernel's IPVS picks it: the first one; but {@link SctpChunk#ABORT} if that follows a first
   * COOKIE ECHO or COOKIE ACK.
   */
  public int decisiveChunkType() {
    int first = firstChunkType();
    if (first == SctpChunk.COOKIE_ECHO || first == SctpChunk.COOKIE_ACK) {
      int second = behind(HEADER_LENGTH);
      if (isChunk(second) && chunkType(second) == SctpChunk.ABORT) {
        return SctpChunk.ABORT;
      }
    }
    return first;
  }

  /**
   * Returns which types of chunks are in the packet, a {@link SctpChunk#bit} each. Looks at the
   * first 32 chunks, and not behind one that does not fit; only the last may lack its padding.
   */
  public int chunkTypes() {
    int types = SctpChunk.bit(firstChunkType());
    int chunk = behind(HEADER_LENGTH);
    for (int count = 1; count < MAXIMUM_CHUNKS && isChunk(chunk); count++) {
      types |= SctpChunk.bit(chunkType(chunk));
      chunk = behind(chunk);
    }
    return types;
  }

  /** Appends a common header, whose checksum is still to be filled. */
  public static void append(ByteBuf out, int sourcePort, int destinationPort, int tag) {
    out.writeShort(sourcePort).writeShort(destinationPort).writeInt(tag).writeInt(0);
  }

  /** Appends a chunk, without the padding that another one behind it needs. */
  public static void appendChunk(ByteBuf out, int type, int flags, byte... value) {
    out.writeByte(type).writeByte(flags).writeShort(CHUNK_HEADER_LENGTH + value.length);
    out.writeBytes(value);
  }

  private boolean wrap(ByteBuf frame, int index, int length, int longestChunk) {
    if (length < HEADER_LENGTH + CHUNK_HEADER_LENGTH) {
      return false;
    }
    int chunk = frame.getUnsignedShort(index + HEADER_LENGTH + CHUNK_LENGTH);
    if (chunk < CHUNK_HEADER_LENGTH || chunk > longestChunk) {
      return false;
    }
    this.frame = frame;
    this.start = index;
    this.length = length;
    return true;
  }

  private boolean isChunk(int chunk) {
    int left = length - chunk;
    return left >= CHUNK_HEADER_LENGTH
        && chunkLength(chunk) >= CHUNK_HEADER_LENGTH
        && chunkLength(chunk) <= left;
  }

  private int behind(int chunk) {
    return chunk + ((chunkLength(chunk) + PADDING) & ~PADDING);
  }

  private int chunkType(int chunk) {
    return frame.getUnsignedByte(start + chunk + CHUNK_TYPE);
  }

  private int chunkLength(int chunk) {
    return frame.getUnsignedShort(start + chunk + CHUNK_LENGTH);
  }
}
