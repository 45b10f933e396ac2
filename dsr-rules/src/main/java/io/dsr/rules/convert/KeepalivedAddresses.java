package io.dsr.rules.convert;

import io.dsr.core.IpPrefix;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Names services by the words of keepalived: {@code IP PORT}, a range of addresses, or a mark. */
final class KeepalivedAddresses {

  private static final int MOST = 256;

  private KeepalivedAddresses() {}

  /** Returns the option of {@code -A} and {@code -a} for each service in {@code words}. */
  static List<String> names(Statement at, List<String> words, String protocol, boolean ipv6)
      throws UnreadableException {
    if (words.getFirst().equals("fwmark")) {
      String mark = words.size() > 1 ? words.get(1) : "";
      return List.of("-f " + mark + (ipv6 ? " -6" : ""));
    }
    String port = words.size() > 1 ? words.get(1) : "0";
    String option = option(protocol, at.line());
    List<String> names = new ArrayList<>();
    for (String address : range(at, words.getFirst())) {
      names.add(option + " " + host(address) + ":" + port);
    }
    return names;
  }

  /** Returns an address as rules write it before a port. */
  static String host(String address) {
    return address.indexOf(':') < 0 ? address : "[" + address + "]";
  }

  private static String option(String protocol, int line) throws UnreadableException {
    return switch (protocol.toUpperCase(Locale.ROOT)) {
      case "TCP" -> "-t";
      case "UDP" -> "-u";
      case "SCTP" -> "--sctp-service";
      default -> throw new UnreadableException(line, "protocol " + protocol, "TCP, UDP or SCTP");
    };
  }

  /** Returns the addresses of {@code 192.0.2.1-10} or {@code 2001:db8::1-a}, or the only one. */
  private static List<String> range(Statement at, String text) throws UnreadableException {
    int dash = text.lastIndexOf('-');
    if (dash < 0) {
      return List.of(text);
    }
    boolean ipv6 = text.indexOf(':') >= 0;
    String first = text.substring(0, dash);
    int cut = first.lastIndexOf(ipv6 ? ':' : '.') + 1;
    try {
      int radix = ipv6 ? 16 : 10;
      int from = cut == first.length() ? 0 : Integer.parseInt(first.substring(cut), radix);
      int to = Integer.parseInt(text.substring(dash + 1), radix);
      if (from <= to && to - from < MOST) {
        List<String> addresses = new ArrayList<>();
        for (int last = from; last <= to; last++) {
          String address = first.substring(0, cut) + Integer.toString(last, radix);
          addresses.add(IpPrefix.text(InetAddress.ofLiteral(address)));
        }
        return addresses;
      }
    } catch (IllegalArgumentException notOne) {
      // Told below.
    }
    throw new UnreadableException(
        at.line(), "addresses " + text, "a range such as 192.0.2.1-10, of at most " + MOST);
  }
}
