package io.dsr.linux.silence;

import io.dsr.linux.LinuxException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HashSet;
import java.util.Set;

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

  static Set<InetAddress> addresses(Set<String> texts) throws UnknownHostException {
    Set<InetAddress> addresses = new HashSet<>();
    for (String text : texts) {
      addresses.add(InetAddress.getByName(text));
    }
    return addresses;
  }
}
