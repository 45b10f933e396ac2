package io.dsr.netty.channel;

import io.dsr.linux.packet.PacketRing;
import org.jspecify.annotations.Nullable;

/**
 * Where received frames lie: says what is at each position, and takes each back. One event loop
 * asks; only {@link PacketWriter.SlotOwner#release} may be called by any thread.
 */
interface FrameSource extends PacketWriter.SlotOwner {

  /** Returns whether all of a frame is there. */
  boolean isWhole(int at);

  /**
   * Lays the source's view over a frame, as the kernel left it: without a VLAN tag that it took
   * out. The view is valid until the next call.
   */
  PacketFrame view(int at);

  /** Returns the flags of a frame, such as {@link PacketRing#VLAN_VALID}. */
  int flags(int at);

  /** Returns the EtherType of the tag that was taken out, if it is known. */
  int vlanProtocol(int at);

  /** Returns the tag that was taken out, if {@link PacketRing#VLAN_VALID} is set. */
  int vlanTag(int at);

  /**
   * Returns what the view shows as a frame that stays until its last reference is gone, and gives
   * itself back then; or null if others hold so much already that this one has to be copied.
   */
  @Nullable PacketFrame hold(int at);
}
