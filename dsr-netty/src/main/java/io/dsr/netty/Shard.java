package io.dsr.netty;

import io.dsr.core.Ticker;
import io.dsr.core.director.Director;
import io.dsr.core.director.DirectorLimits;
import io.dsr.core.director.Plan;
import io.dsr.core.membership.LoadWatch;
import io.dsr.core.membership.Slots;
import io.dsr.netty.channel.PacketChannel;
import io.dsr.netty.handler.DirectorHandler;
import io.dsr.netty.handler.Egress;
import io.netty.channel.EventLoop;
import java.util.Collection;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One event loop of a balancer with what is its own: a director, its shard of the flows, its
 * counters, and a way out by every interface.
 *
 * <p>Made on the control thread, which may call everything here; it waits for the loop, but not for
 * {@link #onLoad}.
 */
@SuppressWarnings("FutureReturnValueIgnored") // tasks that report for themselves
final class Shard {

  private static final Logger LOG = LoggerFactory.getLogger(DsrBalancer.class);
  private static final long TICK_MILLISECONDS = 250;

  private final int number;
  private final EventLoop loop;
  private final Ticker ticker;
  private final LoadWatch load;
  private final Director director;
  private final Egress egress = new Egress(Slots.MAXIMUM_LINKS);
  private Runnable loadListener = () -> {};
  private int loadVersion;
  private volatile long tickedNanos;
  private volatile long longestNanos;

  Shard(int number, EventLoop loop, Slots slots, LoadWatch load, DirectorLimits limits, Ticker t) {
    this.number = number;
    this.loop = loop;
    this.ticker = t;
    this.load = load;
    this.tickedNanos = t.nanos();
    this.director = new Director(slots, load, /* source= */ -1, limits, t.nanos());
  }

  int number() {
    return number;
  }

  EventLoop loop() {
    return loop;
  }

  Director director() {
    return director;
  }

  LoadWatch load() {
    return load;
  }

  /** Returns a handler for one more channel of this loop. */
  DirectorHandler handler() {
    return new DirectorHandler(director, ticker, egress);
  }

  /** Begins to tell the director of the time, and to do what else is due; ends with the loop. */
  void begin(Runnable due) {
    tickedNanos = ticker.nanos();
    loop.scheduleWithFixedDelay(
        () -> tick(due), TICK_MILLISECONDS, TICK_MILLISECONDS, TimeUnit.MILLISECONDS);
  }

  // A timer that throws runs no more: the flows would never expire, the servers never be asked.
  private void tick(Runnable due) {
    long now = ticker.nanos();
    longestNanos = Math.max(longestNanos, now - tickedNanos);
    tickedNanos = now;
    try {
      director.advance(now);
      due.run();
      if (load.version() != loadVersion) {
        loadVersion = load.version();
        loadListener.run();
      }
    } catch (RuntimeException e) {
      LOG.warn("loop {}: what is due in between frames failed", number, e);
    }
  }

  /** Has {@code listener} told, on the loop, that a server is full now, or is no longer. */
  void onLoad(Runnable listener) {
    loop.execute(() -> loadListener = listener);
  }

  /**
   * Returns how long ago the loop last had time for a tick; a healthy one, a quarter of a second.
   */
  long silentNanos() {
    return ticker.nanos() - tickedNanos;
  }

  /** Returns the longest time between two ticks since this was last asked. */
  long takeLongestNanos() {
    long longest = longestNanos;
    longestNanos = 0; // what a tick notes just now may be lost: silentNanos tells of it before
    return longest;
  }

  /**
   * Brings the loop to a new plan.
   *
   * @param fresh slots that have got new servers, to be counted from zero
   */
  void plan(Plan plan, Collection<Integer> fresh) throws Exception {
    run(() -> {
      fresh.forEach(load.counters()::clear);
      director.plan(plan, ticker.nanos());
    });
  }

  /** Gives the loop's channels by link, null where there is none, and their MAC addresses. */
  void links(@Nullable PacketChannel[] channels, long[] macs) throws Exception {
    run(() -> {
      for (int link = 0; link < channels.length; link++) {
        egress.channel(link, channels[link]);
      }
      director.sources(macs);
    });
  }

  /** Has {@code task} answered on the loop, and waits for it. */
  <T> T call(Callable<T> task) throws Exception {
    return loop.submit(task).sync().getNow();
  }

  /** Runs {@code task} on the loop and waits for it; what it throws is thrown here. */
  void run(Runnable task) throws Exception {
    loop.submit(task).sync();
  }

  /** Lets go of what waits. */
  void close() {
    if (!loop.isShuttingDown()) {
      loop.submit(director::close).awaitUninterruptibly(TICK_MILLISECONDS);
    }
  }
}
