package io.dsr.rules;

import io.dsr.core.Protocol;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What {@code ipvsadm -S} writes instead of numbers where {@code -n} is not given: hosts as in
 * {@code /etc/hosts} and ports as in {@code /etc/services}.
 *
 * <p>DNS is not asked: a balancer must start before DNS works, perhaps to make it work, and must
 * not move its VIPs when somebody edits a zone.
 */
final class Names {

  /** The ports that a system without {@code /etc/services} is most likely asked for. */
  private static final Map<String, Integer> WELL_KNOWN =
      Map.ofEntries(
          Map.entry("ftp", 21),
          Map.entry("ssh", 22),
          Map.entry("smtp", 25),
          Map.entry("domain", 53),
          Map.entry("http", 80),
          Map.entry("pop3", 110),
          Map.entry("ntp", 123),
          Map.entry("imap2", 143),
          Map.entry("ldap", 389),
          Map.entry("https", 443),
          Map.entry("syslog", 514),
          Map.entry("ldaps", 636),
          Map.entry("imaps", 993),
          Map.entry("pop3s", 995),
          Map.entry("radius", 1812),
          Map.entry("mysql", 3306),
          Map.entry("sip", 5060),
          Map.entry("postgresql", 5432));

  private final Supplier<List<String>> hostLines;
  private final Supplier<List<String>> serviceLines;
  private @Nullable Map<String, InetAddress> hosts;
  private @Nullable Map<String, Integer> ports;

  private Names(Supplier<List<String>> hostLines, Supplier<List<String>> serviceLines) {
    this.hostLines = hostLines;
    this.serviceLines = serviceLines;
  }

  /** Returns the names of this host; the files are read once a name is asked for. */
  static Names ofSystem() {
    return new Names(() -> lines(Path.of("/etc/hosts")), () -> lines(Path.of("/etc/services")));
  }

  /** Returns the names in the lines of two files such as {@code hosts} and {@code services}. */
  static Names of(List<String> hosts, List<String> services) {
    return new Names(() -> hosts, () -> services);
  }

  /** Returns the address of a host, an IPv4 one if it has several. */
  Optional<InetAddress> address(String host) {
    Map<String, InetAddress> known = hosts;
    if (known == null) {
      known = new HashMap<>();
      for (String line : hostLines.get()) {
        host(line, known);
      }
      hosts = known;
    }
    return Optional.ofNullable(known.get(host));
  }

  /** Returns the port of a service. */
  OptionalInt port(String service, Protocol protocol) {
    Map<String, Integer> known = ports;
    if (known == null) {
      known = new HashMap<>();
      for (String line : serviceLines.get()) {
        service(line, known);
      }
      ports = known;
    }
    Integer port = known.getOrDefault(service + "/" + protocol, WELL_KNOWN.get(service));
    return port == null ? OptionalInt.empty() : OptionalInt.of(port);
  }

  private static void host(String line, Map<String, InetAddress> hosts) {
    String[] words = words(line);
    InetAddress address;
    try {
      address = InetAddress.ofLiteral(words[0]);
    } catch (IllegalArgumentException notOne) {
      return;
    }
    for (int i = 1; i < words.length; i++) {
      hosts.merge(words[i], address, (a, b) -> a instanceof Inet4Address ? a : b);
    }
  }

  private static void service(String line, Map<String, Integer> ports) {
    String[] words = words(line);
    int slash = words.length < 2 ? -1 : words[1].indexOf('/');
    if (slash < 0) {
      return;
    }
    try {
      int port = Integer.parseInt(words[1].substring(0, slash));
      for (int i = 0; i < words.length; i++) {
        if (i != 1) {
          ports.putIfAbsent(words[i] + words[1].substring(slash), port);
        }
      }
    } catch (NumberFormatException notOne) {
      // A line that is no service's.
    }
  }

  private static String[] words(String line) {
    int comment = line.indexOf('#');
    return (comment < 0 ? line : line.substring(0, comment)).strip().split("\\s+", -1);
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file, StandardCharsets.ISO_8859_1);
    } catch (IOException absent) {
      return List.of();
    }
  }
}
