package io.dsr.rules;

import io.dsr.core.IpPrefix;
import io.dsr.core.Protocol;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/**
 * The address of a real server and its port, as ipvsadm writes them.
 *
 * @param address IPv4 or IPv6
 * @param port 1 to 65535, or {@link #NO_PORT}
 */
record Endpoint(InetAddress address, int port) {

  /** No port was given, or 0, which IPVS writes where a server takes the port of the request. */
  static final int NO_PORT = 0;

  // Stricter than InetAddress, which takes 10 for 0.0.0.10 and a scope after a %.
  private static final Pattern IPV4 = Pattern.compile("[0-9]+(\\.[0-9]+){3}");
  private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9.-]*[A-Za-z][A-Za-z0-9.-]*");
  private static final Pattern PORT_NAME = Pattern.compile("[A-Za-z0-9_.+-]*[A-Za-z][\\w.+-]*");
  private static final Pattern DIGITS = Pattern.compile("[0-9]+");
  private static final Pattern ZERO = Pattern.compile("0+");

  /** Reads {@code ADDRESS:PORT}, {@code [ADDRESS]:PORT}, or an address without a port. */
  static Endpoint parse(String text, Protocol protocol, Names names) throws RuleError {
    int end = endOfHost(text);
    InetAddress address = address(text.substring(0, end), text, "real server", names);
    String port = end == text.length() ? "0" : text.substring(end + 1);
    return new Endpoint(address, port(port, protocol, "port of real server", names));
  }

  /**
   * Reads an address, in brackets or not, or the name of a host.
   *
   * @param text what a message shows
   */
  static InetAddress address(String host, String text, String what, Names names) throws RuleError {
    boolean brackets = host.startsWith("[") && host.endsWith("]");
    String bare = brackets ? host.substring(1, host.length() - 1) : host;
    boolean ipv6 = IPV6.matcher(bare).matches();
    if (!ipv6 && !brackets && NAME.matcher(bare).matches()) {
      return names.address(bare).orElseThrow(() -> unknownHost(text, what));
    }
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
    return address;
  }

  /** Reads a port, by number or by name; 0 for {@link #NO_PORT}. */
  static int port(String text, Protocol protocol, String what, Names names) throws RuleError {
    if (ZERO.matcher(text).matches()) {
      return NO_PORT;
    }
    if (PORT_NAME.matcher(text).matches()) {
      OptionalInt port = names.port(text, protocol);
      if (port.isEmpty()) {
        throw new RuleError(
            what + " \"" + text + "\"",
            "1 to 65535, or a name from /etc/services for "
                + protocol
                + "; ipvsadm -S -n prints numbers");
      }
      return port.getAsInt();
    }
    return number(text, 1, 65_535, what);
  }

  /** Reads a number in decimal digits. */
  static int number(String text, int minimum, int maximum, String what) throws RuleError {
    String expected = minimum + " to " + maximum;
    if (!DIGITS.matcher(text).matches()) {
      throw new RuleError(what + " \"" + text + "\"", expected);
    }
    try {
      int value = Integer.parseInt(text);
      if (value >= minimum && value <= maximum) {
        return value;
      }
    } catch (NumberFormatException beyondInteger) {
      // Out of range like any other.
    }
    throw new RuleError(what + " " + text, expected);
  }

  /** Returns where the address ends: at the colon before a port, or with the text. */
  static int endOfHost(String text) {
    int colon = text.lastIndexOf(':');
    int bracket = text.lastIndexOf(']');
    boolean bareIpv6 = bracket < 0 && text.indexOf(':') != colon;
    return colon > bracket && !bareIpv6 ? colon : text.length();
  }

  private static RuleError malformed(String text, String what) {
    return new RuleError(
        what + " \"" + text + "\"", "ADDRESS:PORT or [IPV6-ADDRESS]:PORT, as ipvsadm -n prints it");
  }

  private static RuleError unknownHost(String text, String what) {
    return new RuleError(
        what + " \"" + text + "\", which is not in /etc/hosts",
        "an address; dsr does not use DNS, and ipvsadm -S -n prints addresses");
  }

  @Override
  public String toString() {
    String host = IpPrefix.text(address);
    String shown = address instanceof Inet6Address ? "[" + host + "]" : host;
    return port == NO_PORT ? shown : shown + ":" + port;
  }
}
