package io.dsr.server.control;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dsr.core.FlowFilter;
import io.dsr.core.IpPrefix;
import io.dsr.core.VirtualService;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * A request as it came, each field taken once and checked. A field that nobody takes is refused: a
 * misspelt filter must not become no filter.
 */
final class Request {

  private final ObjectNode object;
  private final String command;
  private final Set<String> taken = new HashSet<>(Set.of("version", "command"));

  private Request(ObjectNode object, String command) {
    this.object = object;
    this.command = command;
  }

  /** Reads a line. */
  static Request parse(String line) throws ControlException {
    ObjectNode object = Json.parse(line);
    JsonNode version = object.path("version");
    if (!version.isInt() || version.intValue() != Json.VERSION) {
      throw ControlException.usage(
          "version: "
              + (version.isMissingNode() ? "missing" : version.toString())
              + " (expected: "
              + Json.VERSION
              + "; use the dsr version of the running balancer)");
    }
    JsonNode command = object.path("command");
    if (!command.isTextual()) {
      throw ControlException.usage("command: missing (expected: " + Commands.NAMES + ")");
    }
    return new Request(object, command.textValue());
  }

  /** Returns the command's name. */
  String command() {
    return command;
  }

  /** Returns a text that must be there. */
  String text(String name, String expected) throws ControlException {
    return optionalText(name, expected)
        .orElseThrow(() -> ControlException.usage(name + ": missing (expected: " + expected + ")"));
  }

  /** Returns a text that may be missing. */
  Optional<String> optionalText(String name, String expected) throws ControlException {
    JsonNode value = take(name);
    if (value.isMissingNode()) {
      return Optional.empty();
    }
    if (!value.isTextual()) {
      throw wrong(name, value, expected);
    }
    return Optional.of(value.textValue());
  }

  /** Returns a list of texts that must be there. */
  List<String> texts(String name, String expected) throws ControlException {
    JsonNode value = take(name);
    List<String> texts = new ArrayList<>();
    for (JsonNode element : value) {
      if (element.isTextual()) {
        texts.add(element.textValue());
      }
    }
    if (!value.isArray() || texts.size() != value.size()) {
      throw wrong(name, value, expected);
    }
    return texts;
  }

  /** Returns a whole number, {@code missing} if there is none. */
  long number(String name, long minimum, long maximum, long missing) throws ControlException {
    JsonNode value = take(name);
    if (value.isMissingNode()) {
      return missing;
    }
    boolean whole = value.isIntegralNumber() && value.canConvertToLong();
    if (!whole || value.longValue() < minimum || value.longValue() > maximum) {
      throw wrong(name, value, minimum + " to " + maximum);
    }
    return value.longValue();
  }

  /** Returns a whole number that must be there, empty for the word that may stand in its place. */
  OptionalInt numberOr(String word, String name, int minimum, int maximum) throws ControlException {
    JsonNode value = take(name);
    if (value.isTextual() && value.textValue().equals(word)) {
      return OptionalInt.empty();
    }
    boolean whole = value.isIntegralNumber() && value.canConvertToInt();
    if (!whole || value.intValue() < minimum || value.intValue() > maximum) {
      throw wrong(name, value, minimum + " to " + maximum + ", or \"" + word + "\"");
    }
    return OptionalInt.of(value.intValue());
  }

  /** Returns whether a field is true; false if it is missing. */
  boolean flag(String name) throws ControlException {
    JsonNode value = take(name);
    if (!value.isMissingNode() && !value.isBoolean()) {
      throw wrong(name, value, "true or false");
    }
    return value.booleanValue();
  }

  /** Returns the filter; its service is one that runs, by its first key. */
  FlowFilter filter(List<VirtualService> services) throws ControlException {
    FlowFilter filter = FlowFilter.ALL;
    Optional<String> service = optionalText("service", "tcp 192.0.2.10:80");
    if (service.isPresent()) {
      filter =
          filter.service(
              ArgumentParser.running(services, ArgumentParser.service(service.get())).key());
    }
    Optional<String> client = optionalText("client", "192.0.2.0/24");
    if (client.isPresent()) {
      filter = filter.client(prefix(client.get()));
    }
    Optional<String> server = optionalText("server", "192.0.2.21");
    if (server.isPresent()) {
      filter = filter.server(ArgumentParser.address(server.get(), "server"));
    }
    Optional<String> state = optionalText("state", "ESTABLISHED");
    try {
      return state.isPresent() ? filter.state(state.get()) : filter;
    } catch (IllegalArgumentException e) {
      throw ControlException.usage(String.valueOf(e.getMessage()));
    }
  }

  /** Refuses fields that were not taken. */
  void end() throws ControlException {
    for (String name : object.properties().stream().map(entry -> entry.getKey()).toList()) {
      if (!taken.contains(name)) {
        throw ControlException.usage(
            "field \""
                + name
                + "\" does not belong to "
                + command
                + " (expected: "
                + known()
                + ")");
      }
    }
  }

  private JsonNode take(String name) {
    taken.add(name);
    return object.path(name);
  }

  private String known() {
    return String.join(", ", taken.stream().sorted().toList());
  }

  private static IpPrefix prefix(String text) throws ControlException {
    try {
      return IpPrefix.parse(text);
    } catch (IllegalArgumentException e) {
      throw ControlException.usage("client: \"" + text + "\": " + e.getMessage());
    }
  }

  private static ControlException wrong(String name, JsonNode value, String expected) {
    String given = value.isMissingNode() ? "missing" : value.toString();
    return ControlException.usage(
        name
            + ": "
            + given.substring(0, Math.min(given.length(), 60))
            + " (expected: "
            + expected
            + ")");
  }
}
