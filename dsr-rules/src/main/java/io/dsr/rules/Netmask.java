package io.dsr.rules;

import io.dsr.core.Persistence;

/**
 * Reads the netmask of persistence: contiguous dotted bits for IPv4, or a number of bits; {@code
 * 24/64} gives those of both families.
 */
final class Netmask {

  private static final String EXPECTED_IPV4 = "a mask such as 255.255.255.0, or 1 to 32 bits";

  private Netmask() {}

  /** Returns {@code persistence} with the mask in {@code text}. */
  static Persistence apply(String text, boolean ipv6, Persistence persistence) throws RuleError {
    int slash = text.indexOf('/');
    if (slash >= 0) {
      return persistence
          .ipv4Prefix(Endpoint.number(text.substring(0, slash), 1, 32, "IPv4 netmask"))
          .ipv6Prefix(Endpoint.number(text.substring(slash + 1), 1, 128, "IPv6 netmask"));
    }
    int bits = bits(text, ipv6);
    return ipv6 ? persistence.ipv6Prefix(bits) : persistence.ipv4Prefix(bits);
  }

  private static int bits(String text, boolean ipv6) throws RuleError {
    if (ipv6) {
      return Endpoint.number(text, 1, 128, "netmask");
    }
    return text.indexOf('.') < 0 ? Endpoint.number(text, 1, 32, "netmask") : dotted(text);
  }

  private static int dotted(String text) throws RuleError {
    String[] octets = text.split("\\.", -1);
    if (octets.length != 4) {
      throw new RuleError("netmask \"" + text + "\"", EXPECTED_IPV4);
    }
    int mask = 0;
    for (String octet : octets) {
      mask = (mask << 8) | Endpoint.number(octet, 0, 255, "octet of netmask " + text);
    }
    int ones = Integer.numberOfLeadingZeros(~mask);
    if (ones == 0 || mask << ones != 0) {
      throw new RuleError("netmask " + text, EXPECTED_IPV4);
    }
    return ones;
  }
}
