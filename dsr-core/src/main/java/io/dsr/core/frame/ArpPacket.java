package io.dsr.core.frame;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/**
 * A read-write view of an address resolution packet for IPv4 over Ethernet (RFC 826).
 *
 * <p>One view serves every frame of a thread. Once {@link #wrap} has returned {@code true}, no
 * accessor fails until the next call.
 */
public final class ArpPacket {

  /** The whole packet, in bytes. */
  public static final int LENGTH = 28;

  /** Who has the target address? */
  public static final int REQUEST = 1;

  /** The sender has its address. */
  public static final int REPLY = 2;

  private static final int HARDWARE = 0;
  private static final int PROTOCOL = 2;
  private static final int LENGTHS = 4;
  private static final int OPERATION = 6;
  private static final int SENDER_MAC = 8;
  private static final int SENDER_IP = 14;
  private static final int TARGET_MAC = 18;
  private static final int TARGET_IP = 24;

  private static final int ETHERNET = 1;
  private static final int MAC_AND_IPV4_LENGTHS = 0x0604;

  private ByteBuf frame = Unpooled.EMPTY_BUFFER;
  private int start;

  /** Creates a view of nothing; {@link #wrap} gives it a frame. */
  public ArpPacket() {}

  /**
   * Moves this view to {@code index}, or returns {@code false} if a packet does not fit there or is
   * not one for IPv4 over Ethernet.
   */
  public boolean wrap(ByteBuf frame, int index) {
    if (frame.writerIndex() - index < LENGTH
        || frame.getUnsignedShort(index + HARDWARE) != ETHERNET
        || frame.getUnsignedShort(index + PROTOCOL) != EtherType.IPV4
        || frame.getUnsignedShort(index + LENGTHS) != MAC_AND_IPV4_LENGTHS) {
      return false;
    }
    this.frame = frame;
    this.start = index;
    return true;
  }

  /** Returns {@link #REQUEST}, {@link #REPLY} or another number. */
  public int operation() {
    return frame.getUnsignedShort(start + OPERATION);
  }

  /** Returns the sender's MAC address in the low 48 bits. */
  public long senderMac() {
    return mac(SENDER_MAC);
  }

  /** Returns the sender's IPv4 address. */
  public int senderIp() {
    return frame.getInt(start + SENDER_IP);
  }

  /** Returns the target's MAC address in the low 48 bits. */
  public long targetMac() {
    return mac(TARGET_MAC);
  }

  /** Returns the target's IPv4 address. */
  public int targetIp() {
    return frame.getInt(start + TARGET_IP);
  }

  /** Sets the operation. */
  public ArpPacket operation(int operation) {
    frame.setShort(start + OPERATION, operation);
    return this;
  }

  /** Sets the sender's addresses. */
  public ArpPacket sender(long mac, int ip) {
    set(SENDER_MAC, mac, ip);
    return this;
  }

  /** Sets the target's addresses. */
  public ArpPacket target(long mac, int ip) {
    set(TARGET_MAC, mac, ip);
    return this;
  }

  /** Appends a packet; each MAC address stands in the low 48 bits. */
  public static void append(
      ByteBuf out, int operation, long senderMac, int senderIp, long targetMac, int targetIp) {
    out.writeShort(ETHERNET).writeShort(EtherType.IPV4).writeShort(MAC_AND_IPV4_LENGTHS);
    out.writeShort(operation);
    EthernetFrame.appendMac(out, senderMac);
    out.writeInt(senderIp);
    EthernetFrame.appendMac(out, targetMac);
    out.writeInt(targetIp);
  }

  private long mac(int offset) {
    return ((long) frame.getUnsignedShort(start + offset) << 32)
        | frame.getUnsignedInt(start + offset + 2);
  }

  private void set(int offset, long mac, int ip) {
    frame.setShort(start + offset, (int) (mac >> 32));
    frame.setInt(start + offset + 2, (int) mac);
    frame.setInt(start + offset + 6, ip);
  }
}
