package io.dsr.examples.rules;

import io.dsr.core.IpPrefix;

/** What is wrong with one line; the parser adds where. */
final class Fault extends Exception {

  private static final long serialVersionUID = 1L;

  Fault(String what, String expected) {
    super(what + " (expected: " + expected + ")");
  }

  private Fault(String message) {
    super(message);
  }

  static Fault of(IllegalArgumentException cause) {
    return new Fault(String.valueOf(cause.getMessage()));
  }

  /** Returns a VIP as the rules write it: {@code 192.0.2.0/28}, {@code [2001:db8::]/64}. */
  static String shown(IpPrefix vip) {
    String host = vip.address().getHostAddress();
    return (vip.isIpv6() ? "[" + host + "]" : host) + (vip.isHost() ? "" : "/" + vip.length());
  }
}
