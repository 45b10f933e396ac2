package io.dsr.server.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dsr.core.IpPrefix;
import io.dsr.server.control.ArgumentParser;
import io.dsr.server.control.ControlException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which flows, or sessions, are meant. */
final class FilterOptions {

  @Option(
      names = "--service",
      arity = "1..2",
      paramLabel = "SERVICE",
      description = "Only those of a service, such as tcp 192.0.2.10:80.")
  private List<String> service = new ArrayList<>();

  @Option(
      names = "--client",
      paramLabel = "PREFIX",
      description = "Only those from an address or a network, such as 192.0.2.0/24.")
  private @Nullable String client;

  @Option(names = "--server", paramLabel = "ADDRESS", description = "Only those of a real server.")
  private @Nullable String server;

  @Option(names = "--count", description = "Print only their number.")
  private boolean count;

  FilterOptions() {}

  /** Returns whether only a number is asked for. */
  boolean isCount() {
    return count;
  }

  /** Returns whether there is no filter here. */
  boolean isEmpty() {
    return service.isEmpty() && client == null && server == null;
  }

  /** Adds the filter to a request. */
  ObjectNode addTo(ObjectNode request) throws ControlException {
    if (!service.isEmpty()) {
      request.put("service", ArgumentParser.service(String.join(" ", service)).toString());
    }
    if (client != null) {
      request.put("client", client);
    }
    if (server != null) {
      request.put("server", IpPrefix.text(ArgumentParser.address(server, "--server")));
    }
    return request;
  }

  /** Returns a state's name as flows have it. */
  static String state(String text) {
    return text.toUpperCase(Locale.ROOT).replace('-', '_');
  }
}
