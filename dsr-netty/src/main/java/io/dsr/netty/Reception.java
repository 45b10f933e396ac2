package io.dsr.netty;

import static java.util.Objects.requireNonNull;

import io.dsr.netty.channel.PacketChannelOption;
import io.dsr.netty.channel.ReceivePath;
import io.netty.channel.ChannelConfig;
import java.time.Duration;

/**
 * How frames are received on each interface by each event loop.
 *
 * <p>Of the receive ring each event loop has one for each interface; a slot takes 2,048 bytes of
 * the kernel's memory with an MTU of 1,500, so the default ring takes 8 MiB. A frame that was
 * received is sent out of the same memory. What is larger than a slot (TCP segments merged on their
 * way) is received into 64 buffers of 68 KiB, made when they are first needed.
 *
 * @param path the kernel's interface; where it is refused, recvmmsg takes its place
 * @param ringFrames slots of the receive ring: a power of two from 16 to 65,536
 * @param busyPoll how long an empty ring is looked at, where that finds frames, before the event
 *     loop sleeps: 0 to 1 ms; 0 is never
 */
public record Reception(ReceivePath path, int ringFrames, Duration busyPoll) {

  private static final int SMALLEST_RING = 16;
  private static final int LARGEST_RING = 65_536;
  private static final Duration LONGEST = Duration.ofMillis(1);

  /** A TPACKET_V2 ring of 4,096 slots with 4 us of busy polling. */
  public static final Reception DEFAULT =
      new Reception(ReceivePath.TPACKET_V2, 4_096, Duration.ofNanos(4_000));

  /** Checks the ranges. */
  public Reception {
    requireNonNull(path, "path");
    requireNonNull(busyPoll, "busyPoll");
    if (ringFrames < SMALLEST_RING
        || ringFrames > LARGEST_RING
        || Integer.bitCount(ringFrames) != 1) {
      throw new IllegalArgumentException(
          "ringFrames: " + ringFrames + " (expected: a power of two from 16 to 65536)");
    }
    if (busyPoll.isNegative() || busyPoll.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException("busyPoll: " + busyPoll + " (expected: 0 to 1 ms)");
    }
  }

  /** Returns the same reception by another path. */
  public Reception path(ReceivePath other) {
    return new Reception(other, ringFrames, busyPoll);
  }

  /** Returns the same with another number of ring slots, a power of two from 16 to 65,536. */
  public Reception ringFrames(int slots) {
    return new Reception(path, slots, busyPoll);
  }

  /** Returns the same reception with another busy-poll time, 0 to 1 ms. */
  public Reception busyPoll(Duration longest) {
    return new Reception(path, ringFrames, longest);
  }

  void configure(ChannelConfig config) {
    config.setOption(PacketChannelOption.RECEIVE_PATH, path);
    config.setOption(PacketChannelOption.RING_FRAMES, ringFrames);
    config.setOption(PacketChannelOption.BUSY_POLL_NANOS, (int) busyPoll.toNanos());
  }
}
