package io.dsr.netty.channel;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.function.BooleanSupplier;

/**
 * A way of receiving: walks what the kernel has delivered and hands on each frame, in order. Asked
 * as a {@link BooleanSupplier} it says whether more frames wait, if that can be seen without a
 * system call. The event loop's.
 */
abstract class FrameReader implements BooleanSupplier {

  /**
   * The most frames of a batch that goes through the pipeline. Netty's recycler keeps 32 entries of
   * an outbound buffer at hand and the rest in a queue that allocates 4.7 bytes an entry: 3.5 bytes
   * a frame with batches of 128.
   */
  private static final int PIPELINE_BATCH = 128;

  private static final VarHandle READING;

  static {
    try {
      READING = MethodHandles.lookup().findVarHandle(FrameReader.class, "reading", boolean.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final MappedFrames memory;
  private boolean stopped;

  /** Whether a batch is read, which holds the memory itself; written by the event loop alone. */
  @SuppressWarnings({"unused", "FieldCanBeFinal"})
  private boolean reading;

  FrameReader(MappedFrames memory) {
    this.memory = memory;
  }

  /** Reads until {@code budget} frames are read, no more wait or {@link #stop} is called. */
  final int read(InboundDispatcher dispatcher, int budget) {
    READING.setOpaque(this, true);
    memory.retain(); // a handler may close the channel
    stopped = false;
    dispatcher.begin();
    int most = dispatcher.isInline() ? budget : Math.min(budget, PIPELINE_BATCH);
    int prefetched = 0;
    int read = 0;
    try {
      boolean looksAhead = dispatcher.looksAhead();
      while (read < most && !stopped) {
        if (looksAhead && read >= prefetched) {
          prefetched = read + lookAhead(dispatcher, most - read);
        }
        if (stopped || !next(dispatcher, read, most)) {
          break;
        }
        read++;
      }
      return read;
    } finally {
      try {
        dispatcher.flush();
        ended();
      } finally {
        memory.release();
        READING.setOpaque(this, false);
      }
    }
  }

  /** Returns how many frames are in other hands. Any thread; exact between two batches. */
  final int held() {
    boolean before = (boolean) READING.getOpaque(this);
    int outstanding = memory.outstanding();
    boolean own = before || (boolean) READING.getOpaque(this);
    return Math.max(0, own ? outstanding - 1 : outstanding);
  }

  private int lookAhead(InboundDispatcher dispatcher, int left) {
    int count = prefetch(dispatcher, Math.min(left, FrameProcessor.MOST_PREFETCHED));
    if (count > 0) {
      dispatcher.prefetched();
    }
    return count;
  }

  /**
   * Has {@link InboundDispatcher#prefetch} see the next frames, and takes none.
   *
   * @param most how many it may go over
   * @return how many of the next frames it went over, which may be none
   */
  abstract int prefetch(InboundDispatcher dispatcher, int most);

  /**
   * Takes the next frame.
   *
   * @param read how many this batch had before
   * @param budget how many it may have
   * @return false if there is none, or the batch has to end before it
   */
  abstract boolean next(InboundDispatcher dispatcher, int read, int budget);

  /** Hears that a batch ended, and that all that was forwarded has been given back. */
  void ended() {}

  /** Ends a {@link #read} that is under way. */
  final void stop() {
    stopped = true;
  }

  /**
   * Returns whether somebody holds what would be read next, or what keeps the kernel calling the
   * socket readable though nothing is to be read.
   */
  abstract boolean isBlocked();

  /** Returns whether frames wait that the kernel does not know of any more. */
  boolean hasLeftOver() {
    return false;
  }

  /** Returns an error of the link that reading came upon, once, or 0. */
  int takeError() {
    return 0;
  }
}
