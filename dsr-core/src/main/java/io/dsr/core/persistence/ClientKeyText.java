package io.dsr.core.persistence;

import io.dsr.core.IpPrefix;
import io.dsr.core.Persistence;
import io.dsr.core.Persistence.Part;
import io.dsr.core.Protocol;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;

/** A client in words, as an operator is shown it. Any thread. */
final class ClientKeyText {

  private static final int IPV4_BITS = 32;
  private static final int IPV6_BITS = 128;

  /** How many zero bits begin an IPv6 address that has an IPv4 one inside (RFC 4291, 2.5.5.2). */
  private static final int MAPPED_ZEROS = 80;

  private static final long MAPPED = 0xffff;

  private final Persistence policy;

  /** Creates the words for the clients of a policy. */
  ClientKeyText(Persistence policy) {
    this.policy = policy;
  }

  /** Returns the network of the source, all addresses if the source does not count. */
  IpPrefix client(StoredEntry entry) {
    long high = entry.sourceHigh();
    long low = entry.sourceLow();
    if (!has(Part.SOURCE_ADDRESS)) {
      return new IpPrefix(address(entry.ipv6(), 0, 0), 0);
    }
    if (!entry.ipv6()) {
      return new IpPrefix(address(false, 0, low), policy.ipv4Prefix());
    }
    // The platform makes an IPv4 address of a mapped one, so no longer prefix can be written.
    boolean mapped = high == 0 && low >>> IPV4_BITS == MAPPED;
    return mapped && policy.ipv6Prefix() > MAPPED_ZEROS
        ? new IpPrefix(address(true, 0, 0), MAPPED_ZEROS)
        : new IpPrefix(address(true, high, low), policy.ipv6Prefix());
  }

  /** Returns all parts that count, as in {@code tcp 10.0.0.0/24:1024 -> 192.0.2.10:443}. */
  String words(StoredEntry entry) {
    String source =
        endpoint(
            has(Part.SOURCE_ADDRESS) ? source(entry) : "",
            has(Part.SOURCE_PORT) ? ":" + entry.sourcePort() : "");
    String destination =
        endpoint(
            has(Part.DESTINATION_ADDRESS) ? destination(entry) : "",
            has(Part.DESTINATION_PORT) ? ":" + entry.destinationPort() : "");
    String protocol = has(Part.PROTOCOL) ? Protocol.of(entry.protocol()).toString() : "";
    String arrow = destination.isEmpty() ? "" : "-> " + destination;
    return String.join(" ", protocol, source, arrow).strip().replace("  ", " ");
  }

  private String source(StoredEntry entry) {
    int length = entry.ipv6() ? policy.ipv6Prefix() : policy.ipv4Prefix();
    boolean host = length == (entry.ipv6() ? IPV6_BITS : IPV4_BITS);
    String address = IpPrefix.text(address(entry.ipv6(), entry.sourceHigh(), entry.sourceLow()));
    return host ? address : address + "/" + length;
  }

  private static String destination(StoredEntry entry) {
    return IpPrefix.text(address(entry.ipv6(), entry.destinationHigh(), entry.destinationLow()));
  }

  private boolean has(Part part) {
    return policy.key().contains(part);
  }

  /** Returns address and port, with an IPv6 address in brackets if a port follows. */
  private static String endpoint(String address, String port) {
    return !port.isEmpty() && address.indexOf(':') >= 0
        ? "[" + address + "]" + port
        : address + port;
  }

  private static InetAddress address(boolean ipv6, long high, long low) {
    try {
      return ipv6
          ? Inet6Address.getByAddress(
              null, ByteBuffer.allocate(16).putLong(high).putLong(low).array(), -1)
          : InetAddress.getByAddress(ByteBuffer.allocate(4).putInt((int) low).array());
    } catch (UnknownHostException e) {
      throw new IllegalStateException("an address of 4 or 16 octets", e);
    }
  }
}
