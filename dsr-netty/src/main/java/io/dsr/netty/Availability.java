package io.dsr.netty;

import io.dsr.linux.Capabilities;
import io.netty.channel.epoll.Epoll;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Whether this process can run a balancer at all. */
final class Availability {

  private Availability() {}

  static @Nullable Throwable cause() {
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
}
