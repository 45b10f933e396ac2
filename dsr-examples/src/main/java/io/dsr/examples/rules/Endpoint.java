package io.dsr.examples.rules;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.regex.Pattern;

/**
 * An address and a port as ipvsadm writes them with {@code -n}.
 *
 * @param address IPv4 or IPv6
 * @param port 1 to 65535, or {@link #NO_PORT}
 */
record Endpoint(InetAddress address, int port) {

  /** No port was given. */
  static final int NO_PORT = -1;

  // Stricter than InetAddress, which takes 10 for 0.0.0.10 and a scope after a %.
  private static final Pattern IPV4 = Pattern.compile("[0-9]+(\\.[0-9]+){3}");
  private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");
  private static final Pattern DIGITS = Pattern.compile("[0-9]+");
  private static final Pattern ZERO = Pattern.compile("0+");

  /** Reads {@code ADDRESS:PORT}, {@code [ADDRESS]:PORT}, or an address without a port. */
  static Endpoint parse(String text, String what) throws Fault {
    int end = endOfHost(text);
    String host = text.substring(0, end);
    boolean brackets = host.startsWith("[") && host.endsWith("]");
    String bare = brackets ? host.substring(1, host.length() - 1) : host;
    boolean ipv6 = IPV6.matcher(bare).matches();
    if (!ipv6 && (brackets || !IPV4.matcher(bare).matches())) {
      throw malformed(text, what);
    }
    InetAddress address;
    try {
      address = InetAddress.ofLiteral(bare);
    } catch (IllegalArgumentException e) {
      throw malformed(text, what);
    }
    if (ipv6 != address instanceof Inet6Address) { // ::ffff:192.0.2.1 becomes IPv4
      throw malformed(text, what);
    }
    return new Endpoint(address, end == text.length() ? NO_PORT : port(text, end + 1, what));
  }

  /** Reads a number in decimal digits. */
  static int number(String text, int minimum, int maximum, String what) throws Fault {
    String expected = minimum + " to " + maximum;
    if (!DIGITS.matcher(text).matches()) {
      throw new Fault(what + " \"" + text + "\"", expected);
    }
    try {
      int value = Integer.parseInt(text);
      if (value >= minimum && value <= maximum) {
        return value;
      }
    } catch (NumberFormatException beyondInteger) {
      // Out of range like any other.
    }
    throw new Fault(what + " " + text, expected);
  }

  boolean isIpv6() {
    return address instanceof Inet6Address;
  }

  /** Returns where the address ends: at the colon before a port, or with the text. */
  private static int endOfHost(String text) {
    int colon = text.lastIndexOf(':');
    int bracket = text.lastIndexOf(']');
    boolean bareIpv6 = bracket < 0 && text.indexOf(':') != colon;
    return colon > bracket && !bareIpv6 ? colon : text.length();
  }

  private static int port(String text, int from, String what) throws Fault {
    String port = text.substring(from);
    if (ZERO.matcher(port).matches()) {
      throw Fault.notCarried("port 0", "any port");
    }
    return number(port, 1, 65_535, "port of " + what);
  }

  private static Fault malformed(String text, String what) {
    return new Fault(
        what + " \"" + text + "\"", "ADDRESS:PORT or [IPV6-ADDRESS]:PORT, as ipvsadm -n writes");
  }

  @Override
  public String toString() {
    String host = isIpv6() ? "[" + address.getHostAddress() + "]" : address.getHostAddress();
    return port == NO_PORT ? host : host + ":" + port;
  }
}
