package io.dsr.netty;

import static java.util.Objects.requireNonNull;

import io.dsr.linux.Errno;
import io.dsr.linux.LinuxException;
import io.dsr.linux.notify.UnixDatagram;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells systemd how a service fares, as {@code sd_notify(3)} does: for units of {@code
 * Type=notify}, and of {@code WatchdogSec=}. Does nothing where nobody asked. Any thread; never
 * throws for what the other side does.
 */
public final class ServiceNotice {

  private static final Logger LOG = LoggerFactory.getLogger(ServiceNotice.class);

  private static final int LONGEST_STATUS = 250;
  private static final long RETRY_MILLISECONDS = 50;

  private final @Nullable String socket;
  private final Optional<Duration> watchdog;
  private volatile boolean stopping;

  private ServiceNotice(@Nullable String socket, Optional<Duration> watchdog) {
    this.socket = socket;
    this.watchdog = watchdog;
  }

  /** Returns the notice that the environment of this process asks for. */
  public static ServiceNotice ofEnvironment() {
    return of(System.getenv(), ProcessHandle.current().pid());
  }

  /**
   * Returns the notice that an environment asks for: {@code NOTIFY_SOCKET}, {@code WATCHDOG_USEC}
   * and {@code WATCHDOG_PID}.
   *
   * @param pid the number of this process
   */
  static ServiceNotice of(Map<String, String> environment, long pid) {
    String socket = environment.getOrDefault("NOTIFY_SOCKET", "");
    if (socket.isEmpty()) {
      return new ServiceNotice(null, Optional.empty());
    }
    String asked = environment.getOrDefault("WATCHDOG_PID", String.valueOf(pid));
    try {
      long microseconds = Long.parseLong(environment.getOrDefault("WATCHDOG_USEC", "0"));
      return new ServiceNotice(
          socket,
          microseconds > 0 && asked.equals(String.valueOf(pid))
              ? Optional.of(Duration.ofNanos(Math.multiplyExact(microseconds, 1_000)))
              : Optional.empty());
    } catch (ArithmeticException | NumberFormatException e) {
      LOG.warn("WATCHDOG_USEC: {} (expected: microseconds)", environment.get("WATCHDOG_USEC"));
      return new ServiceNotice(socket, Optional.empty());
    }
  }

  /** Returns whether anybody listens. */
  public boolean isAsked() {
    return socket != null;
  }

  /** Returns within which time {@link #alive} is expected, again and again; empty for never. */
  public Optional<Duration> watchdog() {
    return watchdog;
  }

  /**
   * Tells that the service is ready. Returns at once; where the service manager has more to read
   * than its socket holds, a thread of its own tells it as soon as there is room, unless {@link
   * #stopping} comes before.
   */
  public void ready() {
    if (!isTold("READY=1")) {
      LOG.warn(
          "the service manager takes no notices just now; READY=1 is sent again until it does");
      Thread.ofPlatform().daemon().name("dsr-notice").start(this::readyAgain);
    }
  }

  private void readyAgain() {
    try {
      do {
        TimeUnit.MILLISECONDS.sleep(RETRY_MILLISECONDS);
      } while (!stopping && !isTold("READY=1"));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Tells in a line what the service does just now. */
  public void status(String line) {
    requireNonNull(line, "line");
    String shown = line.substring(0, Math.min(line.length(), LONGEST_STATUS));
    tell("STATUS=" + shown.replace('\n', ' '));
  }

  /** Asks for more time to start or to end, from now on. */
  public void extend(Duration time) {
    tell("EXTEND_TIMEOUT_USEC=" + time.toNanos() / 1_000);
  }

  /** Tells that the service works. */
  public void alive() {
    tell("WATCHDOG=1");
  }

  /** Tells that the service ends. */
  public void stopping() {
    stopping = true;
    tell("STOPPING=1");
  }

  private void tell(String message) {
    if (!isTold(message)) {
      LOG.debug("the service manager takes no notices just now, and is not told {}", message);
    }
  }

  /** Returns false if the service manager has no room for the message now, which may change. */
  private boolean isTold(String message) {
    if (socket == null) {
      return true;
    }
    try {
      UnixDatagram.send(socket, message.getBytes(StandardCharsets.UTF_8));
    } catch (LinuxException e) {
      if (e.errno() == Errno.EAGAIN) {
        return false;
      }
      LOG.debug("the service manager cannot be told {}", message, e);
    } catch (IllegalArgumentException e) {
      LOG.debug("the service manager cannot be told {}", message, e);
    }
    return true;
  }
}
