package io.dsr.core;

import static java.util.Objects.requireNonNull;

import java.net.InetAddress;

/**
 * What a client addresses: a protocol, a virtual IP or a network of them, and ports. A service has
 * one or more of these; by the first of them it is told from others.
 *
 * <p>Where several services could take a packet, the one with the longest prefix does, then the one
 * that names the protocol, then the one with the fewest ports.
 *
 * @param protocol TCP, UDP, SCTP or another protocol, or any
 * @param vip the virtual IP (VIP), or a network of VIPs: unicast, IPv4 or IPv6
 * @param ports one port or several; {@link PortRange#ANY} for a protocol that has none
 */
public record ServiceKey(Protocol protocol, IpPrefix vip, PortRange ports) {

  /**
   * Checks that ports and protocol agree.
   *
   * @throws IllegalArgumentException if the VIP is not unicast, or ports are given for a protocol
   *     that has none
   */
  public ServiceKey {
    requireNonNull(protocol, "protocol");
    requireNonNull(vip, "vip");
    requireNonNull(ports, "ports");
    RealServer.requireUnicast(vip.address(), "virtual address");
    if (vip.length() == 0) {
      throw new IllegalArgumentException(
          "virtual address: " + vip + " (expected: a prefix of 1 or more bits)");
    }
    if (!protocol.hasPorts() && !ports.equals(PortRange.ANY)) {
      throw new IllegalArgumentException(
          "port: " + ports + " (expected: any port, for " + protocol + " has none)");
    }
  }

  /** Creates the key of one VIP and one port, 1 to 65535. */
  public ServiceKey(Protocol protocol, InetAddress address, int port) {
    this(protocol, IpPrefix.of(address), PortRange.of(port));
  }

  /** Returns the VIP, or the first address of its network. */
  public InetAddress address() {
    return vip.address();
  }

  /** Returns the port, or the lowest of several; 0 for any. */
  public int port() {
    return ports.first();
  }

  /** Returns whether the virtual address is an IPv6 one. */
  public boolean isIpv6() {
    return vip.isIpv6();
  }

  /**
   * Returns whether some packet could be of both, and neither is the closer match for all of them.
   */
  public boolean conflictsWith(ServiceKey other) {
    return vip.equals(other.vip)
        && protocol == other.protocol
        && ports.overlaps(other.ports)
        && (ports.equals(other.ports)
            || !(ports.contains(other.ports) || other.ports.contains(ports)));
  }

  /**
   * Returns the key as it is written in a log: {@code tcp 192.0.2.10:80}, {@code udp
   * [2001:db8::]/64:1000-2000}, {@code any 192.0.2.0/28:*}.
   */
  @Override
  public String toString() {
    String host = address().getHostAddress();
    return protocol
        + " "
        + (isIpv6() ? "[" + host + "]" : host)
        + (vip.isHost() ? "" : "/" + vip.length())
        + ":"
        + ports;
  }
}
