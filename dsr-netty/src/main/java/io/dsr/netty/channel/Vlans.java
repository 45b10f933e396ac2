package io.dsr.netty.channel;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Moves a frame to another VLAN (IEEE 802.1Q), mostly in the memory that it was received in. Event
 * loop.
 *
 * <p>A received frame keeps what its sender left to the hardware. It copies frames that others hold
 * too, slices, and frames without room in front.
 */
public final class Vlans {

  private static final int HIGHEST = 4_094;
  private static final int ETHER_TYPE = 12;
  private static final int CONTROL = 14;
  private static final int TAGGED_HEADER = 18;
  private static final int CUSTOMER_TAG = 0x8100;
  private static final int SERVICE_TAG = 0x88a8;
  private static final int PRIORITY = 0xf000;

  private Vlans() {}

  /**
   * Returns the frame on a VLAN: with another identifier in its (outer) tag, whose priority stays,
   * or with a tag if it had none.
   *
   * <p>Takes over the caller's reference: what is returned is to be written or released in the
   * place of {@code frame}, which is not to be touched again.
   *
   * @param vlan 1 to 4094
   */
  public static ByteBuf retag(ByteBuf frame, int vlan) {
    if (vlan < 1 || vlan > HIGHEST) {
      throw new IllegalArgumentException("vlan: " + vlan + " (expected: 1 to 4094)");
    }
    int start = frame.readerIndex();
    if (isTagged(frame)) {
      int priority = frame.getUnsignedShort(start + CONTROL) & PRIORITY;
      return frame.setShort(start + CONTROL, priority | vlan);
    }
    PacketFrame received = received(frame);
    if (received != null) {
      return received.tagged(CUSTOMER_TAG, vlan);
    }
    ByteBuf tagged = frame.alloc().buffer(frame.readableBytes() + VlanInsertion.LENGTH);
    tagged.writeBytes(frame, start, ETHER_TYPE).writeShort(CUSTOMER_TAG).writeShort(vlan);
    tagged.writeBytes(frame, start + ETHER_TYPE, frame.readableBytes() - ETHER_TYPE);
    frame.release();
    return tagged;
  }

  /**
   * Moves a received frame to a VLAN where it lies, as {@link #retag} does, without taking over a
   * reference; for a {@link FrameProcessor}.
   *
   * @param vlan 1 to 4094
   * @return false if there is no room for a tag in front of it, and nothing was changed; every way
   *     of receiving leaves room for one that the kernel took out and another
   */
  public static boolean retagInPlace(PacketFrame frame, int vlan) {
    if (!isTagged(frame) && (frame.refCnt() != 1 || !frame.hasRoomForTag())) {
      return false;
    }
    ByteBuf same = retag(frame, vlan);
    return same.refCnt() > 0;
  }

  /** Returns whether the frame has an 802.1Q or 802.1ad tag. */
  public static boolean isTagged(ByteBuf frame) {
    if (frame.readableBytes() < TAGGED_HEADER) {
      return false;
    }
    int type = frame.getUnsignedShort(frame.readerIndex() + ETHER_TYPE);
    return type == CUSTOMER_TAG || type == SERVICE_TAG;
  }

  /** Returns the frame if it is a received one and whole, or a copy if it is a part of one. */
  private static @Nullable PacketFrame received(ByteBuf frame) {
    if (frame instanceof PacketFrame whole && whole.readerIndex() == 0) {
      return whole;
    }
    ByteBuf origin = frame;
    while (origin != null && !(origin instanceof PacketFrame)) {
      origin = origin.unwrap();
    }
    if (origin == null) {
      return null;
    }
    ByteBuf copy = frame.copy();
    if (copy instanceof PacketFrame part) {
      frame.release();
      return part;
    }
    copy.release();
    return null;
  }
}
