package io.dsr.core.frame;

/** The EtherTypes that matter here (IEEE 802 numbers, as IANA lists them). */
public final class EtherType {

  /** IPv4, RFC 894. */
  public static final int IPV4 = 0x0800;

  /** Address resolution, RFC 826. */
  public static final int ARP = 0x0806;

  /** A customer VLAN tag, IEEE 802.1Q. */
  public static final int VLAN = 0x8100;

  /** A service VLAN tag, IEEE 802.1ad. */
  public static final int QINQ = 0x88a8;

  /** IPv6, RFC 2464. */
  public static final int IPV6 = 0x86dd;

  private EtherType() {}

  /** Returns whether a VLAN tag follows. */
  public static boolean isTag(int etherType) {
    return etherType == VLAN || etherType == QINQ;
  }
}
