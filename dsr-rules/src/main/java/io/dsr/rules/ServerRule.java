package io.dsr.rules;

import io.dsr.core.Protocol;
import io.dsr.core.RealServer;
import io.dsr.core.ServiceKey;
import io.dsr.core.VirtualService;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads a line {@code -a -t|-u VIP:PORT -r SERVER[:PORT] -g [-w WEIGHT] [-x UPPER] [-y LOWER]},
 * with the options that dsr has besides.
 */
final class ServerRule {

  private final ServiceName name;
  private final Names names;
  private @Nullable String server;
  private int weight = 1;
  private int upper;
  private int lower;
  private int tier;
  private int vlan;

  ServerRule(Names names) {
    this.names = names;
    name = new ServiceName(names);
  }

  /** Reads the rest of the line. */
  void parse(Tokens words) throws RuleError {
    while (!words.isEmpty()) {
      option(words.take(), words);
    }
    name.check("-a");
    if (server == null) {
      throw new RuleError("-a without a real server", "-r SERVER");
    }
  }

  /** Returns how the line names the service that the server is of. */
  ServiceName name() {
    return name;
  }

  /** Returns the server, which is to be one of {@code service}. */
  RealServer server(VirtualService service) throws RuleError {
    Protocol protocol = service.key().protocol();
    Endpoint endpoint = Endpoint.parse(String.valueOf(server), protocol, names);
    int port = endpoint.port();
    if (port != Endpoint.NO_PORT
        && service.keys().stream().noneMatch(key -> key.ports().contains(port))) {
      throw new RuleError(
          "port " + port + " of real server " + endpoint,
          ports(service)
              + "; direct routing changes no ports, so let the server listen there and omit the"
              + " port");
    }
    return new RealServer(endpoint.address(), weight, tier, upper, lower, vlan);
  }

  private void option(String option, Tokens words) throws RuleError {
    switch (option) {
      case "-r", "--real-server" ->
          server = words.onlyArgument(option, "real server", "a server's address");
      case "-g", "--gatewaying" -> words.once("-g");
      case "-w", "--weight" -> weight = number(option, "weight", RealServer.MAXIMUM_WEIGHT, words);
      case "-x", "--u-threshold" ->
          upper = number(option, "upper threshold", Integer.MAX_VALUE, words);
      case "-y", "--l-threshold" ->
          lower = number(option, "lower threshold", Integer.MAX_VALUE, words);
      case "--tier" -> tier = number(option, "tier", RealServer.SORRY_TIER, words);
      case "--vlan" -> vlan = number(option, "vlan", 4_094, words);
      default -> {
        if (!name.option(option, words)) {
          throw UnsupportedOptions.of(option);
        }
      }
    }
  }

  private static int number(String option, String what, int maximum, Tokens words)
      throws RuleError {
    return Endpoint.number(words.onlyArgument(option, what, "0 to " + maximum), 0, maximum, what);
  }

  private static String ports(VirtualService service) {
    return service.keys().stream()
        .map(ServiceKey::ports)
        .distinct()
        .map(Object::toString)
        .collect(Collectors.joining(", ", "the service's port ", ""));
  }
}
