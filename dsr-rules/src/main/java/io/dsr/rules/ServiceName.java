package io.dsr.rules;

import io.dsr.core.Protocol;
import io.dsr.core.ServiceKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The options by which a line names its service: {@code -t}, {@code -u}, {@code --sctp-service},
 * {@code --any} and {@code --protocol}, each as often as needed, or {@code -f} with {@code -6}.
 */
final class ServiceName {

  /** What the line may say, for messages. */
  static final String EXPECTED = "-t VIP:PORT, -u VIP:PORT, --sctp-service VIP:PORT or -f MARK";

  private static final String VIP_AND_PORT =
      "VIP:PORT, several as VIP:80,443,1000-2000, or all as VIP:*";

  private final Names names;
  private final List<ServiceKey> keys = new ArrayList<>();
  private @Nullable ServiceKey portless;
  private long mark;
  private boolean ipv6;

  ServiceName(Names names) {
    this.names = names;
  }

  /** Takes an option, or returns false for one of another kind. */
  boolean option(String option, Tokens words) throws RuleError {
    switch (option) {
      case "-t", "--tcp-service" -> add(Protocol.TCP, option, words);
      case "-u", "--udp-service" -> add(Protocol.UDP, option, words);
      case "--sctp-service" -> add(Protocol.SCTP, option, words);
      case "--any" -> add(Protocol.ANY, option, words);
      case "--protocol" -> add(protocol(option, words), option, words);
      case "-f", "--fwmark-service" ->
          mark = FirewallMark.number(words.onlyArgument(option, "firewall mark", "1 or more"));
      case "-6", "--ipv6" -> {
        words.once(option);
        ipv6 = true;
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  /** Checks that the line, of {@code command}, has named its service in one way. */
  void check(String command) throws RuleError {
    if (mark == 0 && keys.isEmpty()) {
      throw new RuleError(command + " without a virtual service", EXPECTED);
    }
    if (mark != 0 && !keys.isEmpty()) {
      throw new RuleError(
          "-f " + mark + " and an address on one line",
          "one of them; a line --fwmark " + mark + " lists the addresses");
    }
    if (ipv6 && mark == 0) {
      throw new RuleError("-6 without -f", "-f MARK -6; an address needs no -6");
    }
  }

  /** Refuses ports that were left out, as ipvsadm does for a service without persistence. */
  void requirePorts() throws RuleError {
    if (portless != null) {
      throw new RuleError(
          "virtual service " + RuleError.shown(portless.vip()) + " without a port", VIP_AND_PORT);
    }
  }

  /** Returns what the line listens on, nothing for a mark. */
  List<ServiceKey> keys() {
    return keys;
  }

  /** Returns the mark, if it is one. */
  Optional<FirewallMark> mark() {
    return mark == 0 ? Optional.empty() : Optional.of(new FirewallMark(mark, ipv6));
  }

  private static Protocol protocol(String option, Tokens words) throws RuleError {
    try {
      return Protocol.parse(words.argument(option, "a protocol and a VIP, such as gre 192.0.2.10"));
    } catch (IllegalArgumentException e) {
      throw RuleError.of(e);
    }
  }

  private void add(Protocol protocol, String option, Tokens words) throws RuleError {
    String text = words.argument(option, protocol.hasPorts() ? VIP_AND_PORT : "VIP");
    ListenSpec listening = ListenSpec.parse(protocol, text, names);
    if (!listening.hasPorts()) {
      portless = listening.keys().getFirst();
    }
    keys.addAll(listening.keys());
  }
}
