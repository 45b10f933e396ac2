package io.dsr.netty.channel;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The receiving half of a bound channel: a {@link FrameReader} and when to ask it again. */
final class Reception {

  private static final Logger LOGGER = LoggerFactory.getLogger(PacketChannel.class);

  private final ReceivePath path;
  private final FrameReader reader;
  private final MappedFrames memory;
  private final InboundDispatcher dispatcher;
  private final PacketCounters counters;
  private final BusyPoll busyPoll = new BusyPoll(0, System::nanoTime);

  Reception(
      ReceivePath path,
      FrameReader reader,
      MappedFrames memory,
      InboundDispatcher dispatcher,
      PacketCounters counters) {
    this.path = path;
    this.reader = reader;
    this.memory = memory;
    this.dispatcher = dispatcher;
    this.counters = counters;
  }

  ReceivePath path() {
    return path;
  }

  /** Hears that the event loop was woken; {@code busyPollNanos} is in force from now on. */
  void woken(int busyPollNanos) {
    counters.add(PacketCounters.WAKEUPS, 1);
    busyPoll.limit(path == ReceivePath.RECVMMSG ? 0 : busyPollNanos); // it has nothing to look at
  }

  /** Reads one batch, of {@code budget} frames at most; returns how many they were. */
  int read(int budget) {
    return reader.read(dispatcher, budget);
  }

  /** Looks for more, and waits for it if that is worthwhile. */
  boolean awaitMore() {
    if (!busyPoll.await(reader)) {
      return false;
    }
    counters.add(PacketCounters.BUSY_POLLS, 1);
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

  /** Returns how many frames are in other hands. Any thread; exact between two batches. */
  int held() {
    return reader.held();
  }

  /** Lets go of the memory, which frames in other hands may still hold. */
  void close(PacketChannel channel) {
    reader.stop();
    int outstanding = memory.outstanding();
    if (outstanding > 0) {
      LOGGER.debug("{}: {} unreleased frames keep the receive memory in use", channel, outstanding);
    }
    memory.release();
  }
}
