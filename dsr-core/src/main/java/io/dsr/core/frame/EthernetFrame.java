package io.dsr.core.frame;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/**
 * A read-write view of an Ethernet II header (IEEE 802.3 clause 3), laid over a buffer it does not
 * own.
 *
 * <p>One view serves every frame of a thread: {@link #wrap} moves it and allocates nothing. Once
 * {@code wrap} has returned {@code true}, no accessor fails until the next call.
 */
public final class EthernetFrame {

  /** Destination, source and EtherType, in bytes. */
  public static final int HEADER_LENGTH = 14;

  private static final int DESTINATION = 0;
  private static final int SOURCE = 6;
  private static final int ETHER_TYPE = 12;

  private ByteBuf frame = Unpooled.EMPTY_BUFFER;
  private int start;

  /** Creates a view of nothing; {@link #wrap} gives it a frame. */
  public EthernetFrame() {}

  /**
   * Moves this view over the readable bytes of {@code frame}, or returns {@code false} if a header
   * does not fit.
   */
  @SuppressWarnings("ReferenceEquality") // this very buffer
  public boolean wrap(ByteBuf frame) {
    if (frame.readableBytes() < HEADER_LENGTH) {
      return false;
    }
    if (this.frame != frame) { // storing a reference costs more than comparing it
      this.frame = frame;
    }
    this.start = frame.readerIndex();
    return true;
  }

  /** Returns the destination address in the low 48 bits. */
  public long destination() {
    return mac(DESTINATION);
  }

  /** Returns the source address in the low 48 bits. */
  public long source() {
    return mac(SOURCE);
  }

  /** Returns the EtherType, without looking behind an 802.1Q tag. */
  public int etherType() {
    return frame.getUnsignedShort(start + ETHER_TYPE);
  }

  /** Returns the source address in the high 48 bits and the EtherType in the low 16: one look. */
  public long sourceAndType() {
    return frame.getLong(start + SOURCE);
  }

  /** Sets the destination address to the low 48 bits of {@code mac}. */
  public EthernetFrame destination(long mac) {
    return mac(DESTINATION, mac);
  }

  /** Sets the source address to the low 48 bits of {@code mac}. */
  public EthernetFrame source(long mac) {
    return mac(SOURCE, mac);
  }

  /** Sets both addresses, each to the low 48 bits of its number. */
  public void addresses(long destination, long source) {
    frame.setLong(start + DESTINATION, (destination << 16) | ((source >>> 32) & 0xffff));
    frame.setInt(start + SOURCE + 2, (int) source);
  }

  /** Returns the absolute index of the first byte behind the header. */
  public int payloadIndex() {
    return start + HEADER_LENGTH;
  }

  /**
   * Appends a header.
   *
   * @param destination a MAC address in the low 48 bits
   * @param source a MAC address in the low 48 bits
   */
  public static void append(ByteBuf out, long destination, long source, int etherType) {
    appendMac(out, destination);
    appendMac(out, source);
    out.writeShort(etherType);
  }

  /** Appends the low 48 bits of a MAC address. */
  static void appendMac(ByteBuf out, long mac) {
    out.writeShort((int) (mac >> 32)).writeInt((int) mac);
  }

  private long mac(int offset) {
    return frame.getLong(start + offset) >>> 16; // two bytes more than it takes, in the header too
  }

  private EthernetFrame mac(int offset, long mac) {
    frame.setShort(start + offset, (int) (mac >> 32));
    frame.setInt(start + offset + 2, (int) mac);
    return this;
  }
}
