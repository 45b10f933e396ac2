package io.dsr.netty.channel;

import io.netty.channel.ChannelConfig;
import org.jspecify.annotations.Nullable;

/**
 * The configuration of a {@link PacketChannel}; {@link PacketChannelOption} documents each value.
 * Any thread may read it. A setter throws {@link IllegalArgumentException} if the value is out of
 * range, and {@link IllegalStateException} if the channel is bound and it is too late.
 */
public interface PacketChannelConfig extends ChannelConfig {

  /** Returns {@link PacketChannelOption#RING_FRAMES}. */
  int getRingFrames();

  /** Sets {@link PacketChannelOption#RING_FRAMES}. */
  PacketChannelConfig setRingFrames(int frames);

  /** Returns {@link PacketChannelOption#FRAME_SIZE}. */
  int getFrameSize();

  /** Sets {@link PacketChannelOption#FRAME_SIZE}. */
  PacketChannelConfig setFrameSize(int bytes);

  /** Returns {@link PacketChannelOption#FRAMES_PER_WAKEUP}. */
  int getFramesPerWakeup();

  /** Sets {@link PacketChannelOption#FRAMES_PER_WAKEUP}. */
  PacketChannelConfig setFramesPerWakeup(int frames);

  /** Returns {@link PacketChannelOption#RECEIVE_PATH}. */
  ReceivePath getReceivePath();

  /** Sets {@link PacketChannelOption#RECEIVE_PATH}. */
  PacketChannelConfig setReceivePath(ReceivePath path);

  /** Returns {@link PacketChannelOption#BUSY_POLL_NANOS}. */
  int getBusyPollNanos();

  /** Sets {@link PacketChannelOption#BUSY_POLL_NANOS}. */
  PacketChannelConfig setBusyPollNanos(int nanos);

  /** Returns {@link PacketChannelOption#VNET_HEADER}. */
  boolean isVnetHeader();

  /** Sets {@link PacketChannelOption#VNET_HEADER}. */
  PacketChannelConfig setVnetHeader(boolean on);

  /** Returns {@link PacketChannelOption#FILTER}. */
  FrameFilter getFilter();

  /**
   * Sets {@link PacketChannelOption#FILTER}; a bound channel has it when this returns, one of a
   * {@link PacketFanout} not before all are bound.
   *
   * @throws io.netty.channel.ChannelException if the kernel refuses it; the last one stays then
   */
  PacketChannelConfig setFilter(FrameFilter filter);

  /** Returns {@link PacketChannelOption#FANOUT}, null if there is none. */
  @Nullable PacketFanout getFanout();

  /** Sets {@link PacketChannelOption#FANOUT}; null for none. */
  PacketChannelConfig setFanout(@Nullable PacketFanout fanout);

  /** Returns {@link PacketChannelOption#SNIFF_OUTGOING}. */
  boolean isSniffOutgoing();

  /** Sets {@link PacketChannelOption#SNIFF_OUTGOING}. */
  PacketChannelConfig setSniffOutgoing(boolean on);

  /** Returns the bytes that frames larger than a slot may take in the kernel; 8 MB by default. */
  int getReceiveBufferSize();

  /** Sets those bytes, {@link io.netty.channel.ChannelOption#SO_RCVBUF}. */
  PacketChannelConfig setReceiveBufferSize(int bytes);

  /** Returns the bytes that may be on their way out; 8 MB by default. */
  int getSendBufferSize();

  /** Sets those bytes, {@link io.netty.channel.ChannelOption#SO_SNDBUF}. */
  PacketChannelConfig setSendBufferSize(int bytes);
}
