package io.dsr.rules;

import io.dsr.core.ClientPin;
import io.dsr.core.IpPrefix;
import io.dsr.core.Persistence;
import io.dsr.core.Persistence.Part;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The options of persistence: {@code -p} and {@code -M} of ipvsadm, and what dsr has besides. */
final class PersistenceRule {

  /** The names of the parts of a key, in the order in which they are written. */
  static final Map<String, Part> PARTS =
      Map.of(
          "source", Part.SOURCE_ADDRESS,
          "source-port", Part.SOURCE_PORT,
          "destination", Part.DESTINATION_ADDRESS,
          "destination-port", Part.DESTINATION_PORT,
          "protocol", Part.PROTOCOL);

  private static final Duration DEFAULT_TIMEOUT = Duration.ofMinutes(5);
  private static final Duration MINIMUM = Duration.ofSeconds(1);
  private static final String PIN =
      "CLIENTS=SERVER or CLIENTS=SERVER,refuse, such as 10.0.0.0/8=192.0.2.21";

  private @Nullable Duration timeout;
  private @Nullable String netmask;
  private Set<Part> key = EnumSet.of(Part.SOURCE_ADDRESS);
  private final List<ClientPin> pins = new ArrayList<>();
  private int quota;
  private boolean keepQuiescent;
  private @Nullable String refinement;

  /** Takes an option, or returns false for one of another kind. */
  boolean option(String option, Tokens words) throws RuleError {
    switch (option) {
      case "-p", "--persistent" -> {
        words.once("persistence");
        timeout =
            words.hasArgument()
                ? Durations.parse(words.take(), MINIMUM, Durations.LONGEST, "persistence timeout")
                : DEFAULT_TIMEOUT;
        return true;
      }
      case "-M", "--netmask" -> netmask = words.onlyArgument(option, "netmask", "a netmask");
      case "--persist-key" -> key = key(words.onlyArgument(option, option, expectedKey()));
      case "--persist-quota" ->
          quota = KeyValues.count(words.onlyArgument(option, option, "clients"), option);
      case "--persist-keep-quiescent" -> {
        words.once(option);
        keepQuiescent = true;
      }
      case "--pin" -> pins.add(pin(words.argument(option, PIN)));
      default -> {
        return false;
      }
    }
    refinement = option.equals("--netmask") ? "-M" : option;
    return true;
  }

  /** Returns whether the line has persistence. */
  boolean isGiven() {
    return timeout != null;
  }

  /** Returns the persistence, empty for none. */
  Optional<Persistence> persistence(boolean ipv6) throws RuleError {
    if (timeout == null) {
      if (refinement != null) {
        throw new RuleError(refinement + " without persistence", "-p on the same line");
      }
      return Optional.empty();
    }
    try {
      var persistence = new Persistence(timeout, 32, 128, key, pins, quota, !keepQuiescent);
      return Optional.of(netmask == null ? persistence : Netmask.apply(netmask, ipv6, persistence));
    } catch (IllegalArgumentException e) {
      throw RuleError.of(e);
    }
  }

  private static String expectedKey() {
    return "a comma-separated list of source, source-port, destination, destination-port, protocol";
  }

  private static Set<Part> key(String text) throws RuleError {
    Set<Part> parts = EnumSet.noneOf(Part.class);
    for (String name : text.split(",", -1)) {
      Part part = PARTS.get(name);
      if (part == null) {
        throw new RuleError("--persist-key \"" + name + "\"", expectedKey());
      }
      parts.add(part);
    }
    return parts;
  }

  private static ClientPin pin(String text) throws RuleError {
    int equals = text.indexOf('=');
    int comma = text.indexOf(',');
    if (equals < 0) {
      throw new RuleError("--pin \"" + text + "\"", PIN);
    }
    String server = text.substring(equals + 1, comma < equals ? text.length() : comma);
    String fallback = comma < equals ? "schedule" : text.substring(comma + 1);
    try {
      InetAddress address = IpPrefix.parse(server).address();
      return new ClientPin(
          IpPrefix.parse(text.substring(0, equals)),
          address,
          switch (fallback) {
            case "schedule" -> ClientPin.Fallback.SCHEDULE;
            case "refuse" -> ClientPin.Fallback.REFUSE;
            default -> throw new RuleError("--pin \"" + fallback + "\"", "schedule or refuse");
          });
    } catch (IllegalArgumentException e) {
      throw new RuleError("--pin \"" + text + "\": " + e.getMessage(), PIN);
    }
  }
}
