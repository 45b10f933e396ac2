package io.dsr.core.frame;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/**
 * A view of a neighbor solicitation or advertisement (RFC 4861 sections 4.3 and 4.4): the two are
 * laid out alike.
 *
 * <p>One view serves every frame of a thread. Once {@link #wrap} has returned {@code true}, no
 * accessor fails until the next call.
 */
public final class NeighbourMessage {

  /** Type, code, checksum, flags and target, in bytes. */
  public static final int HEADER_LENGTH = 24;

  /** Who has the target address? */
  public static final int SOLICITATION = 135;

  /** The target address is at this link-layer address. */
  public static final int ADVERTISEMENT = 136;

  /** The hop limit that proves that no router has passed a message on. */
  public static final int HOP_LIMIT = 255;

  /** In place of a link-layer address that the message does not give. */
  public static final long NO_MAC = -1;

  private static final int TYPE = 0;
  private static final int CODE = 1;
  private static final int FLAGS = 4;
  private static final int TARGET = 8;
  static final int SOLICITED = 0x40;
  static final int OVERRIDE = 0x20;

  private static final long SOLICITED_NODE_PREFIX = 0x1_ff;
  static final int SOURCE_LINK_ADDRESS = 1;
  static final int TARGET_LINK_ADDRESS = 2;

  private ByteBuf frame = Unpooled.EMPTY_BUFFER;
  private int start;
  private long sourceMac;
  private long targetMac;

  /** Creates a view of nothing; {@link #wrap} gives it a frame. */
  public NeighbourMessage() {}

  /**
   * Moves this view over {@code length} bytes from {@code index}, which the frame must have, or
   * returns {@code false} if they are not a solicitation or advertisement that is valid by sections
   * 7.1.1 and 7.1.2, as far as that can be told without the IP header: the rest {@link #isGenuine}
   * tells.
   */
  public boolean wrap(ByteBuf frame, int index, int length) {
    if (length < HEADER_LENGTH) {
      return false;
    }
    int type = frame.getUnsignedByte(index + TYPE);
    boolean known = type == SOLICITATION || type == ADVERTISEMENT;
    boolean multicastTarget = frame.getUnsignedByte(index + TARGET) == 0xff;
    if (!known || multicastTarget || frame.getByte(index + CODE) != 0) {
      return false;
    }
    this.frame = frame;
    this.start = index;
    return readOptions(index + HEADER_LENGTH, index + length);
  }

  /**
   * Returns whether the message is valid in its packet: hop limit and checksum prove that it comes
   * unharmed from this link; a solicitation from nobody goes to a solicited-node group and gives no
   * link-layer address; an advertisement to a group answers no solicitation.
   */
  public boolean isGenuine(Ipv6Packet packet) {
    return isConsistent(packet) && isUnharmed(packet);
  }

  /**
   * Appends a message without options, whose checksum is still to be filled.
   *
   * @param flags the highest eight bits of the flags
   */
  public static void append(ByteBuf out, int type, int flags, long targetHigh, long targetLow) {
    IcmpMessage.append(out, type, 0, flags << 24);
    out.writeLong(targetHigh).writeLong(targetLow);
  }

  /** Appends an option that holds a link-layer address: 1 the source's, 2 the target's. */
  public static void appendOption(ByteBuf out, int option, long mac) {
    out.writeByte(option).writeByte(1);
    EthernetFrame.appendMac(out, mac);
  }

  private boolean isConsistent(Ipv6Packet packet) {
    if (!isSolicitation()) {
      boolean toGroup = packet.destinationHigh() >>> 56 == 0xff;
      return !(toGroup && isSolicited());
    }
    if ((packet.sourceHigh() | packet.sourceLow()) != 0) {
      return true;
    }
    return sourceMac == NO_MAC
        && packet.destinationHigh() == NeighbourFrames.ALL_NODES_HIGH
        && packet.destinationLow() >>> 24 == SOLICITED_NODE_PREFIX;
  }

  private boolean isUnharmed(Ipv6Packet packet) {
    int length = packet.transportLength();
    long sum = InternetChecksum.pseudoHeader(packet, IpProtocol.ICMPV6, length);
    return packet.hopLimit() == HOP_LIMIT
        && InternetChecksum.of(InternetChecksum.sum(frame, start, length, sum)) == 0;
  }

  /** Returns whether this is a solicitation. */
  public boolean isSolicitation() {
    return frame.getUnsignedByte(start + TYPE) == SOLICITATION;
  }

  /** Returns whether an advertisement answers a solicitation. */
  public boolean isSolicited() {
    return (frame.getUnsignedByte(start + FLAGS) & SOLICITED) != 0;
  }

  /** Returns whether an advertisement replaces a link-layer address that is known already. */
  public boolean isOverride() {
    return (frame.getUnsignedByte(start + FLAGS) & OVERRIDE) != 0;
  }

  /** Returns the first eight octets of the target address. */
  public long targetHigh() {
    return frame.getLong(start + TARGET);
  }

  /** Returns the last eight octets of the target address. */
  public long targetLow() {
    return frame.getLong(start + TARGET + 8);
  }

  /** Returns the sender's MAC address as its option gives it, or {@link #NO_MAC}. */
  public long sourceMac() {
    return sourceMac;
  }

  /** Returns the target's MAC address as its option gives it, or {@link #NO_MAC}. */
  public long targetMac() {
    return targetMac;
  }

  private boolean readOptions(int from, int end) {
    sourceMac = NO_MAC;
    targetMac = NO_MAC;
    for (int at = from; at < end; ) {
      int length = end - at < 2 ? 0 : frame.getUnsignedByte(at + 1) << 3;
      if (length == 0 || length > end - at) {
        return false;
      }
      long mac = ((long) frame.getUnsignedShort(at + 2) << 32) | frame.getUnsignedInt(at + 4);
      switch (frame.getUnsignedByte(at)) {
        case SOURCE_LINK_ADDRESS -> sourceMac = mac;
        case TARGET_LINK_ADDRESS -> targetMac = mac;
        default -> {}
      }
      at += length;
    }
    return true;
  }
}
