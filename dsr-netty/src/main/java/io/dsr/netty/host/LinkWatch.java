package io.dsr.netty.host;

import static java.util.Objects.requireNonNull;

import io.dsr.linux.LinuxException;
import io.dsr.linux.link.LinkChange;
import io.dsr.linux.link.LinkMonitor;
import io.dsr.linux.link.NetworkLink;
import io.netty.channel.EventLoop;
import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.FileDescriptor;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells, on an executor of the caller's choice, of every change of the links of a network
 * namespace: {@link LinkMonitor} says which, and in what order.
 *
 * <p>A native epoll loop waits for the kernel's news, beside whatever else it does, so nothing runs
 * while nothing changes. It does no more with them than to wake the executor, and waits again once
 * that has read them: a storm of changes costs the loop one wake-up a batch.
 */
@SuppressWarnings("FutureReturnValueIgnored") // tasks that report for themselves
public final class LinkWatch implements AutoCloseable {

  private static final Logger LOGGER = LoggerFactory.getLogger(LinkWatch.class);
  private static final int EPOLLONESHOT = 1 << 30; // sys/epoll.h: silent until submitted again
  private static final EpollIoOps ONCE =
      EpollIoOps.valueOf(EpollIoOps.EPOLLIN.value() | EPOLLONESHOT);
  private static final long RETRY_SECONDS = 1;

  private final LinkMonitor monitor;
  private final IoEventLoop loop;
  private final EventExecutor executor;
  private final Consumer<? super LinkChange> listener;
  private final FileDescriptor descriptor;
  private @Nullable IoRegistration registration; // the loop's
  private volatile boolean closed;

  private LinkWatch(
      LinkMonitor monitor,
      IoEventLoop loop,
      EventExecutor executor,
      Consumer<? super LinkChange> listener) {
    this.monitor = monitor;
    this.loop = loop;
    this.executor = executor;
    this.listener = listener;
    this.descriptor = new FileDescriptor(monitor.fd());
  }

  /**
   * Watches the links of the calling thread's network namespace from now on; those that are there
   * are not told, but are in {@link #links}.
   *
   * @param loop a native epoll loop
   * @param executor calls {@code listener}; may be the loop itself, if the listener is quick
   * @param listener an exception of it is logged
   * @throws LinuxException if the kernel refuses
   */
  public static LinkWatch open(
      EventLoop loop, EventExecutor executor, Consumer<? super LinkChange> listener)
      throws LinuxException {
    requireNonNull(executor, "executor");
    requireNonNull(listener, "listener");
    if (!(loop instanceof IoEventLoop epoll) || !epoll.isCompatible(Handle.class)) {
      throw new IllegalArgumentException("loop: " + loop + " (expected: a native epoll loop)");
    }
    var watch = new LinkWatch(LinkMonitor.open(), epoll, executor, listener);
    epoll.register(watch.new Handle()).addListener(watch::registered);
    return watch;
  }

  /** Returns the links as they were when last told of, by their index; any thread may ask. */
  public List<NetworkLink> links() {
    return monitor.links();
  }

  /** Returns how often changes may have come and gone untold, as there were too many at once. */
  public long overruns() {
    return monitor.overruns();
  }

  private void registered(Future<? super IoRegistration> done) {
    if (!done.isSuccess()) {
      LOGGER.warn("link changes cannot be received", done.cause());
      return;
    }
    onLoop(() -> {
      registration = (IoRegistration) done.getNow();
      if (closed) {
        end();
      } else {
        registration.submit(ONCE);
      }
    });
  }

  private void poll() {
    if (closed) {
      return;
    }
    try {
      if (monitor.poll(this::tell)) {
        executor.execute(this::poll);
      } else {
        onLoop(this::waitAgain);
      }
    } catch (LinuxException | RuntimeException | Error e) {
      LOGGER.warn("the links cannot be listed; next try in {} s", RETRY_SECONDS, e);
      executor.schedule(this::poll, RETRY_SECONDS, TimeUnit.SECONDS);
    }
  }

  private void tell(LinkChange change) {
    try {
      listener.accept(change);
    } catch (RuntimeException e) {
      LOGGER.warn("a listener failed at {}", change, e);
    }
  }

  private void waitAgain() {
    if (registration != null && registration.isValid()) {
      registration.submit(ONCE);
    }
  }

  private void onLoop(Runnable task) {
    try {
      loop.execute(task);
    } catch (RejectedExecutionException e) {
      monitor.close(); // the loop has ended, and hears of nothing any more
    }
  }

  /** Stops reporting, once a pending call of the listener has returned. */
  @Override
  public void close() {
    closed = true;
    onLoop(this::end);
  }

  private void end() {
    if (registration != null) {
      registration.cancel();
      registration = null;
    }
    try {
      executor.execute(monitor::close); // the listener may be at work, and wait for this loop
    } catch (RejectedExecutionException e) {
      monitor.close();
    }
  }

  private final class Handle implements EpollIoHandle {

    @Override
    public FileDescriptor fd() {
      return descriptor;
    }

    @Override
    public void handle(IoRegistration source, IoEvent event) {
      try {
        executor.execute(LinkWatch.this::poll);
      } catch (RejectedExecutionException e) {
        LinkWatch.this.close(); // nobody listens any more
      }
    }

    @Override
    public void close() {
      LinkWatch.this.close();
    }
  }
}
