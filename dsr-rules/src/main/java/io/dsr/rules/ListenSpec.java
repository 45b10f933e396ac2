package io.dsr.rules;

import io.dsr.core.IpPrefix;
import io.dsr.core.PortRange;
import io.dsr.core.Protocol;
import io.dsr.core.ServiceKey;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a service listens on, as written after {@code -t} and similar options: {@code
 * 192.0.2.10:80}, {@code 192.0.2.10:80,443,1000-2000}, {@code 192.0.2.0/28:80}, {@code
 * [2001:db8::]/64:*}. Port 0 is any port, as in IPVS.
 *
 * @param keys one for each port or range of ports
 * @param hasPorts whether ports were given, for a protocol that has them
 */
record ListenSpec(List<ServiceKey> keys, boolean hasPorts) {

  private static final String WHAT = "virtual service";
  private static final Pattern COLONS =
      Pattern.compile("(?:[0-9.]+|\\[[^]]*])(?:/[0-9]+)?:[0-9]+:[0-9]+");
  private static final Pattern RANGE = Pattern.compile("([0-9]+)-([0-9]+)");

  static ListenSpec parse(Protocol protocol, String text, Names names) throws RuleError {
    if (COLONS.matcher(text).matches()) {
      throw new RuleError(
          WHAT + " \"" + text + "\"",
          "a range of ports as "
              + text.substring(0, text.lastIndexOf(':'))
              + "-"
              + text.substring(text.lastIndexOf(':') + 1));
    }
    int end = Endpoint.endOfHost(text);
    IpPrefix vip = vip(text.substring(0, end), text, names);
    boolean given = end < text.length();
    List<ServiceKey> keys = new ArrayList<>();
    for (String part : given ? text.substring(end + 1).split(",", -1) : new String[] {"*"}) {
      try {
        keys.add(new ServiceKey(protocol, vip, ports(part, protocol, names)));
      } catch (IllegalArgumentException e) {
        throw RuleError.of(e);
      }
    }
    return new ListenSpec(List.copyOf(keys), given || !protocol.hasPorts());
  }

  private static IpPrefix vip(String host, String text, Names names) throws RuleError {
    int slash = host.lastIndexOf('/');
    InetAddress address =
        Endpoint.address(slash < 0 ? host : host.substring(0, slash), text, WHAT, names);
    IpPrefix whole = IpPrefix.of(address);
    if (slash < 0) {
      return whole;
    }
    String bits = host.substring(slash + 1);
    try {
      return new IpPrefix(
          address, Endpoint.number(bits, 1, whole.length(), "prefix length of " + WHAT));
    } catch (IllegalArgumentException e) {
      throw RuleError.of(e);
    }
  }

  private static PortRange ports(String text, Protocol protocol, Names names) throws RuleError {
    if (text.equals("*")) {
      return PortRange.ANY;
    }
    Matcher range = RANGE.matcher(text);
    if (range.matches()) {
      int first = Endpoint.number(range.group(1), 1, 65_535, "first port of " + WHAT);
      return new PortRange(
          first, Endpoint.number(range.group(2), first, 65_535, "last port of " + WHAT));
    }
    int port = Endpoint.port(text, protocol, "port of " + WHAT, names);
    return port == Endpoint.NO_PORT ? PortRange.ANY : PortRange.of(port);
  }
}
