package io.dsr.netty.host;

import io.dsr.core.IpPrefix;
import io.dsr.linux.AddressPrefix;
import io.dsr.linux.LinuxException;
import io.dsr.linux.suppression.HostSuppressor;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What keeps the host's kernel silent, if anything does.
 *
 * @param suppressor null where the operator wants none
 */
record InterfaceSuppressor(@Nullable HostSuppressor suppressor) implements AutoCloseable {

  /** Keeps the kernel silent about these VIPs and no others. */
  void vips(Set<IpPrefix> vips) throws LinuxException {
    if (suppressor != null) {
      suppressor.vips(kernel(vips));
    }
  }

  /** Returns prefixes as the kernel's door takes them. */
  static Set<AddressPrefix> kernel(Set<IpPrefix> prefixes) {
    return prefixes.stream()
        .map(prefix -> new AddressPrefix(prefix.address(), prefix.length()))
        .collect(Collectors.toSet());
  }

  @Override
  public void close() {
    if (suppressor != null) {
      suppressor.close();
    }
  }
}
