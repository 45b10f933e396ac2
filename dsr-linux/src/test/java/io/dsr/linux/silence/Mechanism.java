package io.dsr.linux.silence;

import io.dsr.linux.AddressPrefix;
import io.dsr.linux.LinuxException;
import io.dsr.linux.Prefixes;
import java.util.Set;
import java.util.stream.Collectors;

/** The ways to silence a host. */
enum Mechanism {
  TCX {
    @Override
    HostSilencer open(String interfaceName) throws LinuxException {
      return TcxSilencer.open(GuardedInterface.index(interfaceName));
    }
  },
  NFTABLES {
    @Override
    HostSilencer open(String interfaceName) throws LinuxException {
      return NftablesSilencer.open(interfaceName);
    }
  };

  abstract HostSilencer open(String interfaceName) throws LinuxException;

  static Set<AddressPrefix> addresses(Set<String> texts) {
    return texts.stream().map(Prefixes::of).collect(Collectors.toSet());
  }
}
