package io.dsr.core;

import static java.util.Objects.requireNonNull;

import java.net.Inet6Address;
import java.net.InetAddress;

/**
 * What tells one virtual service from another, and what a client addresses.
 *
 * @param protocol TCP or UDP
 * @param address the virtual IP (VIP): unicast, IPv4 or IPv6
 * @param port 1 to 65535
 */
public record ServiceKey(Protocol protocol, InetAddress address, int port) {

  private static final int MAXIMUM_PORT = 65_535;

  public ServiceKey {
    requireNonNull(protocol, "protocol");
    requireNonNull(address, "address");
    RealServer.requireUnicast(address, "virtual address");
    if (port < 1 || port > MAXIMUM_PORT) {
      throw new IllegalArgumentException("port: " + port + " (expected: 1 to 65535)");
    }
  }

  /** Returns whether the virtual address is an IPv6 one. */
  public boolean isIpv6() {
    return address instanceof Inet6Address;
  }

  /** Returns the key as it is written in a log, {@code tcp 192.0.2.10:80}. */
  @Override
  public String toString() {
    String host = address.getHostAddress();
    return (protocol == Protocol.TCP ? "tcp " : "udp ")
        + (isIpv6() ? "[" + host + "]" : host)
        + ":"
        + port;
  }
}
