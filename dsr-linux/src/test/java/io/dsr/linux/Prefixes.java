package io.dsr.linux;

import java.net.InetAddress;

/** Reads prefixes as they are written: {@code 192.0.2.16/28}, or an address alone. */
public final class Prefixes {

  private Prefixes() {}

  public static AddressPrefix of(String text) {
    int slash = text.indexOf('/');
    if (slash < 0) {
      return AddressPrefix.of(InetAddress.ofLiteral(text));
    }
    return new AddressPrefix(
        InetAddress.ofLiteral(text.substring(0, slash)),
        Integer.parseInt(text.substring(slash + 1)));
  }
}
