package io.dsr.netty.channel;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The receiving half of a bound channel: a {@link FrameReader} and when to ask it again. */
final class Reception {

  private static final Logger LOGGER = LoggerFactory.getLogger(PacketChannel.class);

  private final ReceivePath path;
  private final FrameReader reader;
  private final MappedFrames memory;
  private final FrameDelivery delivery;
  private final PacketCounters counters;
  private final RePoll rePoll = new RePoll(0, System::nanoTime);

  Reception(
      ReceivePath path,
      FrameReader reader,
      MappedFrames memory,
      FrameDelivery delivery,
      PacketCounters counters) {
    this.path = path;
    this.reader = reader;
    this.memory = memory;
    this.delivery = delivery;
    this.counters = counters;
  }

  ReceivePath path() {
    return path;
  }

  /** Hears that the event loop was woken; {@code rePollNanos} is in force from now on. */
  void woken(int rePollNanos) {
    counters.add(PacketCounters.WAKEUPS, 1);
    rePoll.limit(path == ReceivePath.RECVMMSG ? 0 : rePollNanos); // it has nothing to look at
  }

  /** Reads one batch, of {@code budget} frames at most; returns how many they were. */
  int read(int budget) {
    return reader.read(delivery, budget);
  }

  /** Looks for more, and waits for it if that is worthwhile. */
  boolean awaitMore() {
    if (!rePoll.await(reader)) {
      return false;
    }
    counters.add(PacketCounters.RE_POLLS, 1);
    return true;
  }

  /** Ends a read that is under way. */
  void stop() {
    reader.stop();
  }

  boolean isBlocked() {
    return reader.isBlocked();
  }

  boolean hasLeftOver() {
    return reader.hasLeftOver();
  }

  int takeError() {
    return reader.takeError();
  }

  /** Lets go of the memory, which frames in other hands may still hold. */
  void close(PacketChannel channel) {
    reader.stop();
    int outstanding = memory.outstanding();
    if (outstanding > 0) {
      LOGGER.debug("{}: {} frames keep the memory they were received in", channel, outstanding);
    }
    memory.release();
  }
}
