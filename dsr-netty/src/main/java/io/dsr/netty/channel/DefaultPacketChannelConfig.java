package io.dsr.netty.channel;

import static io.netty.channel.ChannelOption.SO_RCVBUF;
import static io.netty.channel.ChannelOption.SO_SNDBUF;
import static java.util.Objects.requireNonNull;

import io.dsr.linux.LinuxException;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultChannelConfig;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The configuration, and what a bound channel must hear of it. */
final class DefaultPacketChannelConfig extends DefaultChannelConfig implements PacketChannelConfig {

  private static final int SMALLEST_RING = 16;
  private static final int LARGEST_RING = 65_536;
  private static final int SMALLEST_FRAME = 256;
  private static final int LARGEST_FRAME = 131_072;
  private static final long LARGEST_RING_BYTES = 1L << 30;
  private static final int BUFFER = 8 << 20;
  private static final int LONGEST_BUSY_POLL = 1_000_000;

  private final PacketChannel packetChannel;
  private volatile int ringFrames = 4096;
  private volatile int frameSize;
  private volatile int framesPerWakeup = 256;
  private volatile ReceivePath receivePath = ReceivePath.TPACKET_V2;
  private volatile int busyPollNanos = 4_000;
  private volatile boolean vnetHeader = true;
  private volatile boolean sniffOutgoing;
  private volatile int receiveBufferSize = BUFFER;
  private volatile int sendBufferSize = BUFFER;
  private volatile FrameFilter filter = FrameFilter.everything();
  private volatile @Nullable PacketFanout fanout;

  DefaultPacketChannelConfig(PacketChannel channel) {
    super(channel);
    packetChannel = channel;
  }

  @Override
  public Map<ChannelOption<?>, Object> getOptions() {
    return getOptions(
        super.getOptions(),
        PacketChannelOption.RING_FRAMES,
        PacketChannelOption.FRAME_SIZE,
        PacketChannelOption.FRAMES_PER_WAKEUP,
        PacketChannelOption.RECEIVE_PATH,
        PacketChannelOption.BUSY_POLL_NANOS,
        PacketChannelOption.VNET_HEADER,
        PacketChannelOption.FILTER,
        PacketChannelOption.FANOUT,
        PacketChannelOption.SNIFF_OUTGOING,
        SO_RCVBUF,
        SO_SNDBUF);
  }

  @Override
  @SuppressWarnings("unchecked")
  public <T> @Nullable T getOption(ChannelOption<T> option) {
    Object own = own(option);
    return own != null ? (T) own : super.getOption(option);
  }

  private @Nullable Object own(ChannelOption<?> option) {
    if (option.equals(PacketChannelOption.RING_FRAMES)) {
      return ringFrames;
    } else if (option.equals(PacketChannelOption.FRAME_SIZE)) {
      return frameSize;
    } else if (option.equals(PacketChannelOption.FRAMES_PER_WAKEUP)) {
      return framesPerWakeup;
    } else if (option.equals(PacketChannelOption.RECEIVE_PATH)) {
      return receivePath;
    } else if (option.equals(PacketChannelOption.BUSY_POLL_NANOS)) {
      return busyPollNanos;
    } else if (option.equals(PacketChannelOption.VNET_HEADER)) {
      return vnetHeader;
    } else if (option.equals(PacketChannelOption.FILTER)) {
      return filter;
    } else if (option.equals(PacketChannelOption.FANOUT)) {
      return fanout;
    } else if (option.equals(PacketChannelOption.SNIFF_OUTGOING)) {
      return sniffOutgoing;
    } else if (option.equals(SO_RCVBUF)) {
      return receiveBufferSize;
    } else if (option.equals(SO_SNDBUF)) {
      return sendBufferSize;
    }
    return null;
  }

  @Override
  public <T> boolean setOption(ChannelOption<T> option, T value) {
    validate(option, value);
    if (option.equals(PacketChannelOption.RING_FRAMES)) {
      setRingFrames((Integer) value);
    } else if (option.equals(PacketChannelOption.FRAME_SIZE)) {
      setFrameSize((Integer) value);
    } else if (option.equals(PacketChannelOption.FRAMES_PER_WAKEUP)) {
      setFramesPerWakeup((Integer) value);
    } else if (option.equals(PacketChannelOption.RECEIVE_PATH)) {
      setReceivePath((ReceivePath) value);
    } else if (option.equals(PacketChannelOption.BUSY_POLL_NANOS)) {
      setBusyPollNanos((Integer) value);
    } else if (option.equals(PacketChannelOption.VNET_HEADER)) {
      setVnetHeader((Boolean) value);
    } else if (option.equals(PacketChannelOption.FILTER)) {
      setFilter((FrameFilter) value);
    } else if (option.equals(PacketChannelOption.FANOUT)) {
      setFanout((PacketFanout) value);
    } else if (option.equals(PacketChannelOption.SNIFF_OUTGOING)) {
      setSniffOutgoing((Boolean) value);
    } else if (option.equals(SO_RCVBUF)) {
      setReceiveBufferSize((Integer) value);
    } else if (option.equals(SO_SNDBUF)) {
      setSendBufferSize((Integer) value);
    } else {
      return super.setOption(option, value);
    }
    return true;
  }

  @Override
  protected void autoReadCleared() {
    packetChannel.clearRead();
  }

  @Override
  public int getRingFrames() {
    return ringFrames;
  }

  @Override
  public PacketChannelConfig setRingFrames(int frames) {
    checkNotBound("ringFrames");
    checkPowerOfTwo("ringFrames", frames, SMALLEST_RING, LARGEST_RING);
    checkRing(frames, frameSize);
    ringFrames = frames;
    return this;
  }

  @Override
  public int getFrameSize() {
    return frameSize;
  }

  @Override
  public PacketChannelConfig setFrameSize(int bytes) {
    checkNotBound("frameSize");
    if (bytes != 0) {
      checkPowerOfTwo("frameSize", bytes, SMALLEST_FRAME, LARGEST_FRAME);
    }
    checkRing(ringFrames, bytes);
    frameSize = bytes;
    return this;
  }

  @Override
  public int getFramesPerWakeup() {
    return framesPerWakeup;
  }

  @Override
  public PacketChannelConfig setFramesPerWakeup(int frames) {
    checkRange("framesPerWakeup", frames, 1, LARGEST_RING);
    framesPerWakeup = frames;
    return this;
  }

  @Override
  public ReceivePath getReceivePath() {
    return receivePath;
  }

  @Override
  public PacketChannelConfig setReceivePath(ReceivePath path) {
    checkNotBound("receivePath");
    receivePath = requireNonNull(path, "receivePath");
    return this;
  }

  @Override
  public int getBusyPollNanos() {
    return busyPollNanos;
  }

  @Override
  public PacketChannelConfig setBusyPollNanos(int nanos) {
    checkRange("busyPollNanos", nanos, 0, LONGEST_BUSY_POLL);
    busyPollNanos = nanos;
    return this;
  }

  @Override
  public boolean isVnetHeader() {
    return vnetHeader;
  }

  @Override
  public PacketChannelConfig setVnetHeader(boolean on) {
    checkNotBound("vnetHeader");
    vnetHeader = on;
    return this;
  }

  @Override
  public FrameFilter getFilter() {
    return filter;
  }

  @Override
  public PacketChannelConfig setFilter(FrameFilter value) {
    requireNonNull(value, "filter");
    try {
      if (fanout != null) {
        fanout.filter(packetChannel, value.program());
      } else {
        packetChannel.giveFilter(value.program());
      }
    } catch (LinuxException e) {
      throw new ChannelException(e);
    }
    filter = value;
    return this;
  }

  @Override
  public @Nullable PacketFanout getFanout() {
    return fanout;
  }

  @Override
  public PacketChannelConfig setFanout(@Nullable PacketFanout value) {
    checkNotBound("fanout");
    fanout = value;
    return this;
  }

  @Override
  public boolean isSniffOutgoing() {
    return sniffOutgoing;
  }

  @Override
  public PacketChannelConfig setSniffOutgoing(boolean on) {
    checkNotBound("sniffOutgoing");
    sniffOutgoing = on;
    return this;
  }

  @Override
  public int getReceiveBufferSize() {
    return receiveBufferSize;
  }

  @Override
  public PacketChannelConfig setReceiveBufferSize(int bytes) {
    checkNotBound("receiveBufferSize");
    checkRange("receiveBufferSize", bytes, 1, 1 << 30);
    receiveBufferSize = bytes;
    return this;
  }

  @Override
  public int getSendBufferSize() {
    return sendBufferSize;
  }

  @Override
  public PacketChannelConfig setSendBufferSize(int bytes) {
    checkNotBound("sendBufferSize");
    checkRange("sendBufferSize", bytes, 1, 1 << 30);
    sendBufferSize = bytes;
    return this;
  }

  private void checkNotBound(String name) {
    if (packetChannel.isActive()) {
      throw new IllegalStateException(name + ": the channel is bound (expected: set before bind)");
    }
  }

  private static void checkRing(int frames, int frameSize) {
    if ((long) frames * frameSize > LARGEST_RING_BYTES) {
      throw new IllegalArgumentException(
          "ring: " + frames + " x " + frameSize + " bytes (expected: at most 1 GB)");
    }
  }

  private static void checkPowerOfTwo(String name, int value, int from, int to) {
    if (value < from || value > to || Integer.bitCount(value) != 1) {
      throw new IllegalArgumentException(
          name + ": " + value + " (expected: a power of two from " + from + " to " + to + ")");
    }
  }

  private static void checkRange(String name, int value, int from, int to) {
    if (value < from || value > to) {
      throw new IllegalArgumentException(
          name + ": " + value + " (expected: " + from + " to " + to + ")");
    }
  }
}
