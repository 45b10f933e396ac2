package io.dsr.core.frame;

/** The numbers of the IPv4 protocol and IPv6 next-header fields that matter here (IANA). */
public final class IpProtocol {

  /** Hop-by-hop options of IPv6. */
  public static final int HOP_BY_HOP = 0;

  /** ICMP for IPv4. */
  public static final int ICMP = 1;

  /** TCP. */
  public static final int TCP = 6;

  /** UDP. */
  public static final int UDP = 17;

  /** The routing header of IPv6. */
  public static final int ROUTING = 43;

  /** The fragment header of IPv6. */
  public static final int FRAGMENT = 44;

  /** Generic routing encapsulation. */
  public static final int GRE = 47;

  /** Encapsulating security payload: what is behind it cannot be read. */
  public static final int ESP = 50;

  /** The authentication header. */
  public static final int AUTHENTICATION = 51;

  /** ICMP for IPv6. */
  public static final int ICMPV6 = 58;

  /** Nothing follows. */
  public static final int NONE = 59;

  /** Destination options of IPv6. */
  public static final int DESTINATION_OPTIONS = 60;

  /** SCTP. */
  public static final int SCTP = 132;

  /** The mobility header, RFC 6275. */
  public static final int MOBILITY = 135;

  /** The host identity protocol, RFC 7401. */
  public static final int HOST_IDENTITY = 139;

  /** The shim6 header, RFC 5533. */
  public static final int SHIM6 = 140;

  private IpProtocol() {}
}
