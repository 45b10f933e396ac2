package io.dsr.netty.channel;

/** How a {@link PacketChannel} receives; see packet(7) and Documentation/networking/packet_mmap. */
public enum ReceivePath {
  /**
   * A ring of slots, {@code TPACKET_V2}: a frame can be read the moment it came, and thousands may
   * wait at any rate. A frame that is held keeps its slot. The ring takes {@link
   * PacketChannelOption#RING_FRAMES} x {@link PacketChannelOption#FRAME_SIZE} bytes of kernel
   * memory, 8 MB by default. A frame larger than a slot comes by one system call of its own, out of
   * {@link io.netty.channel.ChannelOption#SO_RCVBUF} into one of 64 buffers of 68 KB, each made
   * when it is first needed.
   */
  TPACKET_V2,
  /**
   * A ring of blocks of many frames, {@code TPACKET_V3}, as large as that of {@link #TPACKET_V2}:
   * the least work for each frame where many come, but a frame waits until its block is full or a
   * millisecond is over. A frame that is held keeps its block, and with it, after one lap, all
   * reading, which at low rates may be as soon as after 64 ms. Blocks are of 128 KB, so that a
   * segmented frame fits, or of 16 KB or more without {@link PacketChannelOption#VNET_HEADER}; each
   * is in use for a millisecond at least, so that few blocks mean little patience.
   */
  TPACKET_V3,
  /**
   * No ring: recvmmsg(2) out of {@link io.netty.channel.ChannelOption#SO_RCVBUF} into 256 buffers
   * of 72 KB, 18 MB of which only what frames have touched is in memory. The fallback where the
   * kernel refuses a ring.
   */
  RECVMMSG
}
