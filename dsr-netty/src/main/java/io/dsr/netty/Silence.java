package io.dsr.netty;

import io.dsr.linux.LinuxException;
import io.dsr.linux.silence.HostSilencer;
import java.net.InetAddress;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What keeps the host's kernel silent, if anything does.
 *
 * @param silencer null where the operator wants none
 */
record Silence(@Nullable HostSilencer silencer) implements AutoCloseable {

  /** Keeps the kernel silent about these VIPs and no others. */
  void vips(Set<InetAddress> vips) throws LinuxException {
    if (silencer != null) {
      silencer.vips(vips);
    }
  }

  @Override
  public void close() {
    if (silencer != null) {
      silencer.close();
    }
  }
}
