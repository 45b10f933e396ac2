package io.dsr.linux.suppression;

import io.dsr.linux.AddressPrefix;
import io.dsr.linux.LinuxException;
import io.dsr.linux.Prefixes;
import java.util.Set;
import java.util.stream.Collectors;

/** The ways to silence a host. */
enum Mechanism {
  TCX {
    @Override
    HostSuppressor open(String interfaceName) throws LinuxException {
      return TcxSuppressor.open(GuardedInterface.index(interfaceName));
    }
  },
  NFTABLES {
    @Override
    HostSuppressor open(String interfaceName) throws LinuxException {
      return NftablesSuppressor.open(interfaceName);
    }
  };

  abstract HostSuppressor open(String interfaceName) throws LinuxException;

  static Set<AddressPrefix> addresses(Set<String> texts) {
    return texts.stream().map(Prefixes::of).collect(Collectors.toSet());
  }
}
