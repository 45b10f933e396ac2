package io.dsr.examples.rules;

import java.net.Inet6Address;
import java.net.InetAddress;

/**
 * An address and a port as ipvsadm writes them with {@code -n}.
 *
 * @param address IPv4 or IPv6
 * @param port 1 to 65535, or {@link #NO_PORT}
 */
record Endpoint(InetAddress address, int port) {

  /** No port was given. */
  static final int NO_PORT = -1;

  /** Reads {@code ADDRESS:PORT}, {@code [ADDRESS]:PORT}, or an address without a port. */
  static Endpoint parse(String text, String what) throws Fault {
    String host = text;
    int port = NO_PORT;
    int bracket = text.lastIndexOf(']');
    int colon = text.lastIndexOf(':');
    boolean bareIpv6 = bracket < 0 && text.indexOf(':') != colon;
    if (colon > bracket && !bareIpv6) {
      host = text.substring(0, colon);
      port = number(text.substring(colon + 1), 0, 65_535, "port of " + what);
    }
    if (port == 0) {
      throw Fault.notCarried("port 0", "any port");
    }
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    }
    try {
      return new Endpoint(InetAddress.ofLiteral(host), port);
    } catch (IllegalArgumentException e) {
      throw new Fault(
          what + " \"" + text + "\"", "ADDRESS:PORT or [IPV6-ADDRESS]:PORT, as ipvsadm -n writes");
    }
  }

  static int number(String text, int minimum, int maximum, String what) throws Fault {
    String expected = minimum + " to " + maximum;
    try {
      int value = Integer.parseInt(text);
      if (value < minimum || value > maximum) {
        throw new Fault(what + " " + text, expected);
      }
      return value;
    } catch (NumberFormatException e) {
      throw new Fault(what + " \"" + text + "\"", expected);
    }
  }

  boolean isIpv6() {
    return address instanceof Inet6Address;
  }

  @Override
  public String toString() {
    String host = isIpv6() ? "[" + address.getHostAddress() + "]" : address.getHostAddress();
    return port == NO_PORT ? host : host + ":" + port;
  }
}
