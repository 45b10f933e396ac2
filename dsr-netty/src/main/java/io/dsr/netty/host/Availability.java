package io.dsr.netty.host;

import io.dsr.linux.Capabilities;
import io.netty.channel.epoll.Epoll;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Whether this process can run a balancer at all. */
public final class Availability {

  private Availability() {}

  /**
   * Fails unless the calling thread can start a balancer here.
   *
   * @throws UnsupportedOperationException if not, with the cause in its message
   */
  public static void ensure() {
    Throwable cause = cause();
    if (cause != null) {
      throw new UnsupportedOperationException(cause.getMessage(), cause);
    }
  }

  /** Returns why the calling thread cannot start a balancer here, or null if it can. */
  public static @Nullable Throwable cause() {
    String system = System.getProperty("os.name", "unknown");
    if (!system.equals("Linux")) {
      return new UnsupportedOperationException("system: " + system + " (expected: Linux)");
    }
    if (!Epoll.isAvailable()) {
      return new UnsupportedOperationException(
          "Netty's native epoll is not available: " + Epoll.unavailabilityCause().getMessage(),
          Epoll.unavailabilityCause());
    }
    try {
      if (!Capabilities.ofThread().hasNetRaw()) {
        return new UnsupportedOperationException(
            "no CAP_NET_RAW (cure: run as root, or give the process CAP_NET_RAW and CAP_NET_ADMIN)");
      }
    } catch (IOException e) {
      return e;
    } catch (UnsatisfiedLinkError | IllegalCallerException e) {
      return new UnsupportedOperationException("no native access: " + e.getMessage(), e);
    }
    return null;
  }

  /** Returns why the calling thread cannot start a balancer on an interface, or null if it can. */
  public static @Nullable Throwable cause(String networkInterface) {
    Throwable cause = cause();
    if (cause != null) {
      return cause;
    }
    try {
      InterfaceChecks.link(networkInterface);
      return null;
    } catch (IOException e) {
      return e;
    }
  }
}
