package io.dsr.rules.convert;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The virtual services of an ldirectord.cf: what its directives mean is from ldirectord(8).
 *
 * <p>A line that begins with {@code virtual=} opens a service, and the indented lines below it are
 * of that service.
 */
final class LdirectordFile {

  private static final Pattern DIRECTIVE = Pattern.compile("([A-Za-z0-9_]+)\\s*=\\s*(.*)");
  private static final Pattern REAL =
      Pattern.compile(
          "(\\S+?)(?:->(\\S+))?(?:\\s+(gate|masq|ipip))?(?:\\s+([0-9]+))?(?:\\s+\".*)?");
  private static final Pattern IPV4_END = Pattern.compile("(.*\\.)([0-9]{1,3})(:[^:]+)?");
  private static final Pattern NUMBER = Pattern.compile("[0-9]+");

  /** What says how servers are checked, or whom to tell. */
  private static final Set<String> CHECKING =
      Set.of(
          "checktype",
          "checkport",
          "checkcommand",
          "checktimeout",
          "checkinterval",
          "checkcount",
          "failurecount",
          "negotiatetimeout",
          "service",
          "request",
          "receive",
          "httpmethod",
          "virtualhost",
          "login",
          "passwd",
          "database",
          "secret",
          "load",
          "quiescent",
          "readdquiescent");

  private static final Set<String> SILENT =
      Set.of(
          "autoreload",
          "callback",
          "cleanstop",
          "emailalert",
          "emailalertfreq",
          "emailalertfrom",
          "emailalertstatus",
          "fork",
          "logfile",
          "maintenancedir",
          "smtp",
          "supervised");

  private final Warnings warnings;
  private final List<Service> services = new ArrayList<>();
  private @Nullable Directive fallback;

  private record Directive(int line, String value) {}

  /** One {@code virtual=} with what is indented below it. */
  private static final class Service {

    private final int line;
    private final String name;
    private final boolean ipv6;
    private String protocol = "";
    private String scheduler = "wrr";
    private String persistent = "";
    private String netmask = "";
    private boolean onePacket;
    private @Nullable Directive fallback;
    private final List<Directive> reals = new ArrayList<>();

    Service(int line, String name, boolean ipv6) {
      this.line = line;
      this.name = name;
      this.ipv6 = ipv6;
    }

    boolean isMark() {
      return NUMBER.matcher(name).matches();
    }

    /** Returns how rules name it. */
    String rule() {
      if (isMark()) {
        return "-f " + name + (ipv6 ? " -6" : "");
      }
      String given = protocol.isEmpty() ? (name.endsWith(":53") ? "udp" : "tcp") : protocol;
      return (given.equals("udp") ? "-u " : "-t ") + name;
    }
  }

  private LdirectordFile(Warnings warnings) {
    this.warnings = warnings;
  }

  /** Returns the rules, and tells of what they do not carry. */
  static List<String> rules(List<String> lines, Warnings warnings) throws UnreadableException {
    var file = new LdirectordFile(warnings);
    for (int number = 1; number <= lines.size(); number++) {
      file.read(number, lines.get(number - 1));
    }
    var builder = new ServiceBuilder();
    file.services.forEach(service -> file.write(service, builder));
    return builder.rules(warnings);
  }

  private void read(int number, String text) throws UnreadableException {
    String line = withoutComment(text);
    if (line.isBlank()) {
      return;
    }
    Matcher directive = DIRECTIVE.matcher(line.strip());
    if (!directive.matches()) {
      throw new UnreadableException(
          number, "\"" + line.strip() + "\"", "NAME=VALUE, as in ldirectord.cf");
    }
    String name = directive.group(1).toLowerCase(Locale.ROOT);
    String value = directive.group(2).strip();
    if (!Character.isWhitespace(line.charAt(0))) {
      global(number, name, value);
    } else if (services.isEmpty()) {
      throw new UnreadableException(
          number, name + " before any service", "a line virtual=VIP:PORT");
    } else {
      ofService(services.getLast(), number, name, value);
    }
  }

  private static String withoutComment(String text) {
    int comment = text.indexOf('#');
    boolean quoted = comment > 0 && text.substring(0, comment).indexOf('"') >= 0;
    return comment < 0 || quoted ? text : text.substring(0, comment);
  }

  private void global(int number, String name, String value) {
    switch (name) {
      case "virtual" -> services.add(new Service(number, unquoted(value), false));
      case "virtual6" -> services.add(new Service(number, unquoted(value), true));
      case "fallback" -> fallback = new Directive(number, unquoted(value));
      default -> unused(number, name);
    }
  }

  private void ofService(Service service, int number, String name, String value) {
    switch (name) {
      case "real", "real6" -> service.reals.add(new Directive(number, unquoted(value)));
      case "fallback", "fallback6" -> service.fallback = new Directive(number, unquoted(value));
      case "scheduler" -> service.scheduler = unquoted(value);
      case "persistent" -> service.persistent = unquoted(value);
      case "netmask" -> service.netmask = unquoted(value);
      case "protocol" -> service.protocol = unquoted(value).toLowerCase(Locale.ROOT);
      case "ops" -> service.onePacket = unquoted(value).equals("yes");
      default -> unused(number, name);
    }
  }

  private void unused(int number, String name) {
    if (CHECKING.contains(name)) {
      warnings.note(
          number,
          name + " is not carried over: it configures health checks, and dsr checks by ARP only");
    } else if (SILENT.contains(name)) {
      warnings.note(number, name + " is not carried over: it does not affect packets");
    } else {
      warnings.loss(number, name + " is not carried over");
    }
  }

  private static String unquoted(String value) {
    boolean quoted = value.length() > 1 && value.startsWith("\"") && value.endsWith("\"");
    return quoted && value.indexOf('"', 1) == value.length() - 1
        ? value.substring(1, value.length() - 1)
        : value;
  }

  private void write(Service service, ServiceBuilder builder) {
    if (!service.isMark() && !Set.of("", "tcp", "udp").contains(service.protocol)) {
      warnings.loss(
          service.line,
          "virtual is not carried over: protocol " + service.protocol + " of an address");
      return;
    }
    List<Directive> servers = new ArrayList<>();
    for (Directive real : service.reals) {
      servers.addAll(servers(service, real));
    }
    if (servers.isEmpty() && !service.reals.isEmpty()) {
      warnings.loss(service.line, "virtual is not carried over: none of its real servers is");
      return;
    }
    String name = service.rule();
    builder.add(service.line, "-A " + name + options(service));
    servers.forEach(server -> builder.add(server.line, "-a " + name + server.value));
    Directive sorry = service.fallback == null ? fallback : service.fallback;
    if (sorry != null) {
      fallback(service, sorry, builder);
    }
  }

  private static String options(Service service) {
    return " -s "
        + service.scheduler
        + (service.persistent.isEmpty() ? "" : " -p " + service.persistent)
        + (service.persistent.isEmpty() || service.netmask.isEmpty()
            ? ""
            : " -M " + service.netmask)
        + (service.onePacket ? " -o" : "");
  }

  private void fallback(Service service, Directive sorry, ServiceBuilder builder) {
    Matcher parts = REAL.matcher(sorry.value);
    String method = parts.matches() && parts.group(3) != null ? parts.group(3) : "gate";
    if (!parts.matches() || !method.equals("gate")) {
      warnings.loss(
          sorry.line, "fallback is not carried over: " + method + " (dsr does gate only)");
      return;
    }
    builder.add(
        sorry.line,
        "-a " + service.rule() + " -r " + withoutPort(parts.group(1)) + " -g -w 1 --tier 255");
  }

  /** Returns the servers that a line names, one or a range of addresses, as rules have them. */
  private List<Directive> servers(Service service, Directive real) {
    Matcher parts = REAL.matcher(real.value);
    if (!parts.matches() || parts.group(3) == null) {
      warnings.loss(
          real.line,
          "real is not carried over: \"" + real.value + "\" (expected: ADDRESS[:PORT] gate)");
      return List.of();
    }
    if (!parts.group(3).equals("gate")) {
      warnings.loss(
          real.line, "real is not carried over: " + parts.group(3) + " (dsr does gate only)");
      return List.of();
    }
    String options = " -g -w " + (parts.group(4) == null ? "1" : parts.group(4));
    List<Directive> servers = new ArrayList<>();
    for (String address : addresses(real, parts.group(1), parts.group(2))) {
      // Behind a firewall mark, ports are the packets' own.
      String server = service.isMark() ? withoutPort(address) : address;
      servers.add(new Directive(real.line, " -r " + server + options));
    }
    return servers;
  }

  private List<String> addresses(Directive real, String first, @Nullable String last) {
    if (last == null) {
      return List.of(first);
    }
    Matcher from = IPV4_END.matcher(first);
    Matcher to = IPV4_END.matcher(last);
    boolean range = from.matches() && to.matches() && from.group(1).equals(to.group(1));
    if (!range || Integer.parseInt(from.group(2)) > Integer.parseInt(to.group(2))) {
      warnings.loss(
          real.line,
          "real is not carried over: "
              + first
              + "->"
              + last
              + " (expected: a range within one /24 network)");
      return List.of();
    }
    String port = to.group(3) == null ? "" : to.group(3);
    List<String> addresses = new ArrayList<>();
    for (int host = Integer.parseInt(from.group(2));
        host <= Integer.parseInt(to.group(2));
        host++) {
      addresses.add(from.group(1) + host + port);
    }
    return addresses;
  }

  private static String withoutPort(String address) {
    int colon = address.lastIndexOf(':');
    boolean bareIpv6 = !address.startsWith("[") && address.indexOf(':') != colon;
    return colon < 0 || bareIpv6 || address.endsWith("]") ? address : address.substring(0, colon);
  }
}
