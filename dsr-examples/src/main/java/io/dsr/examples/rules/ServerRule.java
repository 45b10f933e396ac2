package io.dsr.examples.rules;

import io.dsr.core.RealServer;
import io.dsr.core.ServiceKey;
import org.jspecify.annotations.Nullable;

/**
 * A line {@code -a -t|-u VIP:PORT -r SERVER[:PORT] -g [-w WEIGHT]}.
 *
 * @param service whose server it is
 * @param server the server
 */
record ServerRule(ServiceKey service, RealServer server) {

  static ServerRule parse(Words words) throws Fault {
    var line = new Line();
    while (!words.isEmpty()) {
      line.option(words.take(), words);
    }
    return line.rule();
  }

  private static final class Line {

    private @Nullable ServiceKey service;
    private @Nullable Endpoint server;
    private int weight = 1;

    void option(String option, Words words) throws Fault {
      switch (option) {
        case "-t", "--tcp-service", "-u", "--udp-service" -> {
          words.once("virtual service");
          service = ServiceRule.key(option, words);
        }
        case "-r", "--real-server" -> {
          words.once("real server");
          server = Endpoint.parse(words.argument(option, "a server's address"), "real server");
        }
        case "-g", "--gatewaying" -> words.once("-g");
        case "-w", "--weight" -> {
          words.once("weight");
          String given = words.argument(option, "0 to 65535");
          weight = Endpoint.number(given, 0, RealServer.MAXIMUM_WEIGHT, "weight");
        }
        case "-i", "--ipip" ->
            throw new Fault(option + " (tunnelling)", "-g, direct routing: all that dsr does");
        case "-m", "--masquerading" ->
            throw new Fault(option + " (masquerading)", "-g, direct routing: all that dsr does");
        default -> throw Refusals.of(option);
      }
    }

    ServerRule rule() throws Fault {
      if (service == null) {
        throw new Fault("-a without a virtual service", "-t VIP:PORT or -u VIP:PORT");
      }
      if (server == null) {
        throw new Fault("-a without a real server", "-r SERVER");
      }
      if (server.port() != Endpoint.NO_PORT && server.port() != service.port()) {
        throw new Fault(
            "port " + server.port() + " of real server " + server,
            "the service's port " + service.port() + ": direct routing changes no ports");
      }
      try {
        return new ServerRule(service, new RealServer(server.address(), weight));
      } catch (IllegalArgumentException e) {
        throw Fault.of(e);
      }
    }
  }
}
