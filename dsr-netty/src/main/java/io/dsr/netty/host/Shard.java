package io.dsr.netty.host;

import io.dsr.core.Ticker;
import io.dsr.core.datapath.Director;
import io.dsr.core.datapath.DirectorLimits;
import io.dsr.core.datapath.ServiceTable;
import io.dsr.core.datapath.VipGates;
import io.dsr.core.membership.OverloadDetector;
import io.dsr.core.membership.Slots;
import io.dsr.netty.channel.PacketChannel;
import io.dsr.netty.handler.DirectorHandler;
import io.dsr.netty.handler.Egress;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.util.Collection;
import java.util.concurrent.Callable;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One event loop of a balancer with what is its own: a director, its shard of the flows, its
 * counters, and a way out by every interface.
 *
 * <p>Made on the control thread, which may call everything here; it waits for the loop, but not for
 * {@link #begin}, {@link #onLoad} and {@link #submit}.
 */
@SuppressWarnings("FutureReturnValueIgnored") // tasks that report for themselves
public final class Shard {

  private static final Logger LOG = LoggerFactory.getLogger(Shard.class);
  private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(250);
  private static final long RESTING_TICK_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long CLOSE_MILLISECONDS = 250;

  private final int number;
  private final EventLoop loop;
  private final Ticker ticker;
  private final OverloadDetector load;
  private final Director director;
  private final Egress egress = new Egress(Slots.MAXIMUM_LINKS);
  private Runnable loadListener = () -> {};
  private int loadVersion;
  private LongSupplier duty = () -> Long.MAX_VALUE;
  private @Nullable Future<?> next;
  private boolean busy;
  private boolean resting;
  private final LongAdder roundTrips = new LongAdder();
  private volatile long dueNanos;
  private volatile long longestNanos;
  private volatile boolean watched;

  Shard(
      int number,
      EventLoop loop,
      Slots slots,
      OverloadDetector load,
      DirectorLimits limits,
      VipGates gates,
      Ticker t) {
    this.number = number;
    this.loop = loop;
    this.ticker = t;
    this.load = load;
    this.dueNanos = t.nanos() + TICK_NANOS;
    this.director = new Director(slots, load, /* source= */ -1, limits, t.nanos());
    director.gates(gates);
  }

  /** Returns the number of this loop, from 0. */
  public int number() {
    return number;
  }

  EventLoop loop() {
    return loop;
  }

  /** Returns whether the calling thread is this loop's. */
  public boolean isLoopThread() {
    return loop.inEventLoop();
  }

  /** Returns what decides on this loop. Its counters may be read by any thread. */
  public Director director() {
    return director;
  }

  /** Returns which servers are full, as this loop has counted. */
  public OverloadDetector load() {
    return load;
  }

  /** Returns a handler for one more channel of this loop. */
  DirectorHandler handler() {
    return new DirectorHandler(director, ticker, egress, this::stir);
  }

  /**
   * Begins to tell the director of the time, and to do what else is due; ends with the loop.
   *
   * @param due does that, and returns for how long nothing will be due, nanoseconds
   */
  void begin(LongSupplier due) {
    loop.execute(() -> {
      duty = due;
      dueNanos = ticker.nanos();
      schedule(TICK_NANOS);
    });
  }

  private void schedule(long nanos) {
    long now = ticker.nanos();
    // In this order: other threads read them in the reverse.
    longestNanos = Math.max(longestNanos, now - dueNanos);
    dueNanos = now + nanos;
    resting = nanos > TICK_NANOS;
    next = loop.schedule(this::tick, nanos, TimeUnit.NANOSECONDS);
  }

  /** Ends the rest of a loop that has something to do. */
  private void stir() {
    busy = true;
    if (resting && next != null && next.cancel(false)) {
      schedule(TICK_NANOS);
    }
  }

  // The next tick comes whatever this one throws: or flows would never expire, servers never be
  // asked. There are fewer where nothing is to be done: an idle loop should cost next to nothing.
  private void tick() {
    boolean rests = false;
    try {
      boolean done = director.advance(ticker.nanos()) && !load.isAnyOverloaded();
      long quiet = duty.getAsLong();
      if (load.version() != loadVersion) {
        loadVersion = load.version();
        loadListener.run();
      }
      rests = done && !busy && quiet >= RESTING_TICK_NANOS;
    } catch (RuntimeException | Error e) {
      LOG.warn("loop {}: periodic work failed", number, e);
    } finally {
      busy = false;
      schedule(rests ? RESTING_TICK_NANOS : TICK_NANOS);
    }
  }

  /** Has {@code listener} told, on the loop, that a server is full now, or is no longer. */
  void onLoad(Runnable listener) {
    loop.execute(() -> loadListener = listener);
  }

  /**
   * Has the loop's lateness counted from its next turn on, when {@link #isWatched} begins to say
   * so. What a start does on the loop makes it late, and delays nobody's frames. Any thread; does
   * not wait.
   */
  void watch() {
    order(() -> {
      dueNanos = ticker.nanos();
      if (next != null && next.cancel(false)) {
        schedule(TICK_NANOS);
      }
      longestNanos = 0;
      watched = true;
    });
  }

  /** Returns whether {@link #watch} is in force. Any thread. */
  boolean isWatched() {
    return watched;
  }

  /** Returns for how long the loop's tick is overdue; not positive if it is not. Any thread. */
  long overdueNanos() {
    return ticker.nanos() - dueNanos;
  }

  /** Returns by how much the tick of the latest of these loops is overdue, or zero. Any thread. */
  public static long longestOverdueNanos(Collection<Shard> shards) {
    return Math.max(0, shards.stream().mapToLong(Shard::overdueNanos).max().orElse(0));
  }

  /** Returns how late a tick was at most since this was last asked, and ended. Any thread. */
  long takeLongestOverdueNanos() {
    long longest = longestNanos;
    longestNanos = 0; // what the loop notes just now may be lost: overdueNanos tells of it before
    return longest;
  }

  /** Makes the loop prepare what a service table needs before it is published. */
  void reserve(ServiceTable serviceTable) throws Exception {
    run(() -> director.reserve(serviceTable, ticker.nanos()));
  }

  /**
   * Publishes a service table, which the loop takes with its next frames, or soon if there are
   * none; does not wait.
   *
   * @param taken run on the loop once it has been taken
   */
  void publish(ServiceTable serviceTable, Runnable taken) {
    director.publish(serviceTable);
    order(() -> {
      director.time(ticker.nanos());
      taken.run();
    });
  }

  /** Has {@code task} run on the loop soon, after those that were ordered before; does not wait. */
  void order(Runnable task) {
    try {
      submit(task);
    } catch (RejectedExecutionException e) {
      LOG.debug("loop {}: is shutting down and takes no more tasks", number, e);
    }
  }

  /** Returns how often somebody has waited for the loop's answer. Any thread. */
  long roundTrips() {
    return roundTrips.sum();
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
  public <T> T call(Callable<T> task) throws Exception {
    roundTrips.increment();
    return loop.submit(task).sync().getNow();
  }

  /** Runs {@code task} on the loop and waits for it; what it throws is thrown here. */
  void run(Runnable task) throws Exception {
    roundTrips.increment();
    submit(task).sync();
  }

  /** Has {@code task} run on the loop, which does not rest after that. */
  Future<?> submit(Runnable task) {
    return loop.submit(() -> {
      try {
        task.run();
      } finally {
        stir();
      }
    });
  }

  /** Lets go of what waits. */
  void close() {
    if (!loop.isShuttingDown()) {
      loop.submit(director::close).awaitUninterruptibly(CLOSE_MILLISECONDS);
    }
  }
}
