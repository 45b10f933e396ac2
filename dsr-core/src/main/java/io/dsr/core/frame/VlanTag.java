package io.dsr.core.frame;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/**
 * A view of the four bytes that an 802.1Q or 802.1ad tag adds behind its own EtherType: tag control
 * information, and the EtherType of what follows (IEEE 802.1Q clause 9.6).
 *
 * <p>One view serves every frame of a thread. Once {@link #wrap} has returned {@code true}, no
 * accessor fails until the next call.
 */
public final class VlanTag {

  /** Tag control information and EtherType, in bytes. */
  public static final int LENGTH = 4;

  private static final int CONTROL = 0;
  private static final int ETHER_TYPE = 2;
  private static final int PRIORITY_SHIFT = 13;
  private static final int DROP_ELIGIBLE = 1 << 12;
  private static final int ID = 0xfff;

  private ByteBuf frame = Unpooled.EMPTY_BUFFER;
  private int start;

  /** Creates a view of nothing; {@link #wrap} gives it a frame. */
  public VlanTag() {}

  /** Moves this view to {@code index}, or returns {@code false} if a tag does not fit there. */
  public boolean wrap(ByteBuf frame, int index) {
    if (frame.writerIndex() - index < LENGTH) {
      return false;
    }
    this.frame = frame;
    this.start = index;
    return true;
  }

  /** Returns the priority code point, 0 to 7. */
  public int priority() {
    return control() >> PRIORITY_SHIFT;
  }

  /** Returns whether the frame may be dropped first. */
  public boolean isDropEligible() {
    return (control() & DROP_ELIGIBLE) != 0;
  }

  /** Returns the VLAN identifier, 0 to 4095. */
  public int id() {
    return control() & ID;
  }

  /** Sets the VLAN identifier, 0 to 4095; priority and drop eligibility stay. */
  public VlanTag id(int id) {
    frame.setShort(start + CONTROL, (control() & ~ID) | (id & ID));
    return this;
  }

  /** Returns the EtherType of what follows. */
  public int etherType() {
    return frame.getUnsignedShort(start + ETHER_TYPE);
  }

  /** Returns the absolute index of what follows. */
  public int payloadIndex() {
    return start + LENGTH;
  }

  /**
   * Appends what a tag adds behind its own EtherType.
   *
   * @param control priority, drop eligibility and VLAN identifier, 16 bits
   * @param etherType the type of what follows
   */
  public static void append(ByteBuf out, int control, int etherType) {
    out.writeShort(control).writeShort(etherType);
  }

  private int control() {
    return frame.getUnsignedShort(start + CONTROL);
  }
}
