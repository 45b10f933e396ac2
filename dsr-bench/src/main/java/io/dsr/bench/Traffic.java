package io.dsr.bench;

/** What the frames of a benchmark are. */
public enum Traffic {
  /** TCP over IPv4. */
  TCP_IPV4(6, false),
  /** TCP over IPv6. */
  TCP_IPV6(6, true),
  /** UDP over IPv4. */
  UDP_IPV4(17, false),
  /** UDP over IPv6. */
  UDP_IPV6(17, true);

  private final int protocol;
  private final boolean ipv6;

  Traffic(int protocol, boolean ipv6) {
    this.protocol = protocol;
    this.ipv6 = ipv6;
  }

  /** Returns the IP protocol number. */
  public int protocol() {
    return protocol;
  }

  /** Returns whether it is TCP. */
  public boolean isTcp() {
    return protocol == 6;
  }

  /** Returns whether it goes over IPv6. */
  public boolean isIpv6() {
    return ipv6;
  }
}
