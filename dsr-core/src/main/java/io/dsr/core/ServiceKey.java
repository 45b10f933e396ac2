package io.dsr.core;

import static java.util.Objects.requireNonNull;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a client addresses: a protocol, a virtual IP or a network of them, and ports. A service has
 * one or more keys; the first one identifies it.
 *
 * <p>If several services match a packet, the longest prefix wins, then the one that names the
 * protocol, then the one with the fewest ports.
 *
 * @param protocol TCP, UDP, SCTP or another protocol, or any
 * @param vip the virtual IP (VIP), or a network of VIPs: unicast, IPv4 or IPv6
 * @param ports one port or several; {@link PortRange#ANY} for a protocol that has none
 */
@CheckReturnValue
public record ServiceKey(Protocol protocol, IpPrefix vip, PortRange ports) {

  private static final String EXPECTED =
      "a protocol and VIP:PORT, such as tcp 192.0.2.10:80 or udp [2001:db8::1]:53";

  private static final Pattern WRITTEN =
      Pattern.compile(
          "(?<protocol>\\S+)\\s+(?:\\[(?<ipv6>[^]\\s]*)]|(?<ipv4>[^:\\s\\[\\]/]*))"
              + "(?:/(?<bits>\\d{1,3}))?:(?<ports>[^:\\s]+)");

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
          "virtual address: " + vip + " (expected: a prefix of at least 1 bit)");
    }
    if (!protocol.hasPorts() && !ports.equals(PortRange.ANY)) {
      throw new IllegalArgumentException(
          "port: " + ports + " (expected: *, because " + protocol + " has no ports)");
    }
  }

  /** Creates the key of one VIP and one port, 1 to 65535. */
  public ServiceKey(Protocol protocol, InetAddress address, int port) {
    this(protocol, IpPrefix.of(address), PortRange.of(port));
  }

  /**
   * Parses a key in the form of {@link #toString}: {@code tcp 192.0.2.10:80}, {@code udp
   * [2001:db8::]/64:1000-2000}, {@code any 192.0.2.0/28:*}. Names of hosts and of ports are not
   * looked up.
   *
   * @throws IllegalArgumentException if the text is not a key; the message has the text and the
   *     reason
   */
  public static ServiceKey parse(String text) {
    requireNonNull(text, "text");
    Matcher parts = WRITTEN.matcher(text.strip());
    if (!parts.matches()) {
      throw new IllegalArgumentException("service: \"" + text + "\" (expected: " + EXPECTED + ")");
    }
    try {
      String bits = parts.group("bits");
      InetAddress address = address(parts.group("ipv6"), parts.group("ipv4"));
      IpPrefix whole = IpPrefix.of(address);
      return new ServiceKey(
          Protocol.parse(parts.group("protocol")),
          bits == null ? whole : new IpPrefix(address, Integer.parseInt(bits)),
          PortRange.parse(parts.group("ports")));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("service: \"" + text + "\": " + e.getMessage(), e);
    }
  }

  private static InetAddress address(@Nullable String ipv6, @Nullable String ipv4) {
    if (ipv6 == null) {
      return RealServer.parse(requireNonNull(ipv4), "virtual address");
    }
    InetAddress address = RealServer.parse(ipv6, "virtual address");
    if (address instanceof Inet6Address) {
      return address;
    }
    if (!ipv6.contains(":")) {
      throw new IllegalArgumentException(
          "virtual address: \"[" + ipv6 + "]\" (expected: an IPv6 address in brackets)");
    }
    // The platform reads ::ffff:192.0.2.1 as an IPv4 address.
    byte[] octets = new byte[16];
    octets[10] = -1;
    octets[11] = -1;
    System.arraycopy(address.getAddress(), 0, octets, 12, 4);
    return IpPrefix.address(octets);
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

  /** Returns whether some packet matches both keys and neither key is always the closer match. */
  public boolean conflictsWith(ServiceKey other) {
    return vip.equals(other.vip)
        && protocol == other.protocol
        && ports.overlaps(other.ports)
        && (ports.equals(other.ports)
            || !(ports.contains(other.ports) || other.ports.contains(ports)));
  }

  /**
   * Returns the key as it is written in a log, and read by {@link #parse}: {@code tcp
   * 192.0.2.10:80}, {@code udp [2001:db8::]/64:1000-2000}, {@code any 192.0.2.0/28:*}.
   */
  @Override
  public String toString() {
    String host = IpPrefix.text(address());
    return protocol
        + " "
        + (isIpv6() ? "[" + host + "]" : host)
        + (vip.isHost() ? "" : "/" + vip.length())
        + ":"
        + ports;
  }
}
