package io.dsr.rules;

import io.dsr.core.IpPrefix;

/** What is wrong with one line; the parser adds where. */
final class RuleError extends Exception {

  private static final long serialVersionUID = 1L;

  RuleError(String what, String expected) {
    super(what + " (expected: " + expected + ")");
  }

  private RuleError(String message) {
    super(message);
  }

  static RuleError of(IllegalArgumentException cause) {
    return new RuleError(String.valueOf(cause.getMessage()));
  }

  /** Returns a VIP as the rules write it: {@code 192.0.2.0/28}, {@code [2001:db8::]/64}. */
  static String shown(IpPrefix vip) {
    String host = IpPrefix.text(vip.address());
    return (vip.isIpv6() ? "[" + host + "]" : host) + (vip.isHost() ? "" : "/" + vip.length());
  }
}
