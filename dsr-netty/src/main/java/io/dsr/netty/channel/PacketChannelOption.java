package io.dsr.netty.channel;

import io.netty.channel.ChannelOption;

/**
 * Options of a {@link PacketChannel}, besides Netty's own {@link ChannelOption#SO_RCVBUF} and
 * {@link ChannelOption#SO_SNDBUF}. All but {@link #FILTER}, {@link #FRAMES_PER_WAKEUP} and {@link
 * #BUSY_POLL_NANOS} are to be set before bind.
 *
 * @param <T> the type of the value
 */
public final class PacketChannelOption<T> extends ChannelOption<T> {

  /** Slots of the receive ring: a power of two from 16 to 65,536; 4,096 by default. */
  public static final ChannelOption<Integer> RING_FRAMES =
      valueOf(PacketChannelOption.class, "RING_FRAMES");

  /**
   * Bytes of a slot: a power of two from 256 to 131,072, or 0, the default, for what the
   * interface's MTU needs. What does not fit comes by a slower way.
   */
  public static final ChannelOption<Integer> FRAME_SIZE =
      valueOf(PacketChannelOption.class, "FRAME_SIZE");

  /**
   * How frames are received; {@link ReceivePath#TPACKET_V2} by default. Where the kernel refuses a
   * ring (ENOMEM, EPERM, EINVAL and others) {@link ReceivePath#RECVMMSG} takes its place, with a
   * warning in the log, and {@link PacketStatistics#path} tells.
   */
  public static final ChannelOption<ReceivePath> RECEIVE_PATH =
      valueOf(PacketChannelOption.class, "RECEIVE_PATH");

  /**
   * For how long, in nanoseconds, an empty ring is looked at before the event loop sleeps, from 0,
   * for never, to 1,000,000; 4,000 by default. Where that finds nothing, at low rates or because
   * the kernel receives on the loop's own CPU, it is tried once in 256 times. What came while the
   * last batch was sent is found in any case. May be set at any time; without effect on {@link
   * ReceivePath#RECVMMSG}, which has nothing to look at.
   */
  public static final ChannelOption<Integer> BUSY_POLL_NANOS =
      valueOf(PacketChannelOption.class, "BUSY_POLL_NANOS");

  /**
   * The most frames that a wakeup hands on before the loop's other tasks have their turn, from 1 to
   * 65,536; 256 by default, never over half of the ring, in batches of at most 128 where they go
   * through the pipeline.
   */
  public static final ChannelOption<Integer> FRAMES_PER_WAKEUP =
      valueOf(PacketChannelOption.class, "FRAMES_PER_WAKEUP");

  /**
   * Whether frames bring, and take along, what is left to the hardware; true by default. Without it
   * frames of a veth or virtio sender have wrong checksums, unless that sender's offloads are off.
   */
  public static final ChannelOption<Boolean> VNET_HEADER =
      valueOf(PacketChannelOption.class, "VNET_HEADER");

  /** What frames are received; everything by default. May be set at any time. */
  public static final ChannelOption<FrameFilter> FILTER =
      valueOf(PacketChannelOption.class, "FILTER");

  /** The group of channels that share the interface with this one; none by default. */
  public static final ChannelOption<PacketFanout> FANOUT =
      valueOf(PacketChannelOption.class, "FANOUT");

  /**
   * Whether the host's own output, this channel's too, is received; false by default. {@link
   * PacketFrame#packetType} tells it apart.
   */
  public static final ChannelOption<Boolean> SNIFF_OUTGOING =
      valueOf(PacketChannelOption.class, "SNIFF_OUTGOING");

  @SuppressWarnings("deprecation")
  private PacketChannelOption() {
    super("never used: the constants are Netty's own type");
  }
}
