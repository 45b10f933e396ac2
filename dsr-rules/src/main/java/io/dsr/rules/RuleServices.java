package io.dsr.rules;

import io.dsr.core.ClientPin;
import io.dsr.core.FlowTimeouts;
import io.dsr.core.IpPrefix;
import io.dsr.core.Persistence;
import io.dsr.core.RealServer;
import io.dsr.core.ServiceKey;
import io.dsr.core.ServiceKeys;
import io.dsr.core.VirtualService;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * The services that the lines of a file add up to, with the lines that they came from: a fault
 * between two lines names both.
 */
final class RuleServices {

  private static final int IPV4_BITS = 32;

  /** The most different timeouts that services may have, the default ones not counted. */
  private static final int MOST_TIMEOUTS = 255;

  private final FlowTimeouts timeouts;
  private final IntFunction<String> where;
  private final Map<FirewallMark, List<ServiceKey>> marked = new HashMap<>();
  private final List<Draft> drafts = new ArrayList<>();

  /** Where in the list a service is, by each of its keys, and by its mark. */
  private final Map<Object, Integer> places = new HashMap<>();

  private final ServiceKeys keys = new ServiceKeys();
  private final Set<FlowTimeouts> otherTimeouts = new HashSet<>();
  private final Set<Object> refused = new HashSet<>();

  /** A service that servers are still added to. */
  private static final class Draft {

    private final int line;
    private VirtualService service;
    private final Map<InetAddress, Integer> servers = new LinkedHashMap<>();
    private final List<RealServer> order = new ArrayList<>();

    Draft(int line, VirtualService service) {
      this.line = line;
      this.service = service;
    }
  }

  /**
   * Creates services without any.
   *
   * @param timeouts what those have that say nothing else
   * @param where what a line is called in messages, by its number
   */
  RuleServices(FlowTimeouts timeouts, IntFunction<String> where) {
    this.timeouts = timeouts;
    this.where = where;
  }

  /** Returns the services, in the order of their lines. */
  List<VirtualService> all() {
    return drafts.stream().map(draft -> draft.service.realServers(draft.order)).toList();
  }

  /** Notes what bears a mark. */
  void mark(FirewallMark mark, List<ServiceKey> keys) {
    marked.put(mark, keys);
  }

  /** Notes a service whose line is at fault: its servers are not blamed for that. */
  void refuse(ServiceName name) {
    refused.addAll(name.keys());
    name.mark().ifPresent(refused::add);
  }

  void add(int line, ServiceRule rule) throws RuleError {
    try {
      List<ServiceKey> named = keys(rule.name());
      VirtualService service = rule.service(named, timeouts);
      for (ServiceKey key : named) {
        checkAgainstOthers(key);
      }
      checkTimeouts(service.rules().timeouts());
      named.forEach(keys::add);
      named.forEach(key -> places.put(key, drafts.size()));
      rule.name().mark().ifPresent(mark -> places.put(mark, drafts.size()));
      drafts.add(new Draft(line, service));
    } catch (RuleError | IllegalArgumentException fault) {
      refuse(rule.name());
      throw fault;
    }
  }

  void add(int line, ServerRule rule) throws RuleError {
    Object name = name(rule.name());
    Integer place = places.get(name);
    if (place == null && refused.contains(name)) {
      return; // the line of its service is at fault, and told
    }
    if (place == null) {
      throw new RuleError(
          "real server of " + name + ", which is not a service",
          "an -A line for the service above");
    }
    for (ServiceKey key : rule.name().keys()) {
      if (!place.equals(places.get(key))) {
        throw new RuleError("real server of " + name + " and " + key, "names of one service");
      }
    }
    Draft draft = drafts.get(place);
    add(draft, line, rule.server(draft.service));
  }

  void addSorryServers(int line, ServiceRule rule) throws RuleError {
    Integer place = places.get(name(rule.name()));
    if (place == null) {
      return; // its line is at fault
    }
    for (RealServer server : rule.sorryServers()) {
      add(drafts.get(place), line, server);
    }
  }

  private void add(Draft draft, int line, RealServer server) throws RuleError {
    VirtualService alone = draft.service.realServers(List.of(server)); // refuses what does not fit
    Integer before = draft.servers.putIfAbsent(server.address(), line);
    if (before != null) {
      throw new RuleError(
          alone.key() + ": real server " + IpPrefix.text(server.address()) + " is given twice",
          "one line per server; the first is " + where.apply(before));
    }
    draft.order.add(server);
  }

  /** Checks each service beside the others, once all lines are known. */
  void check(Fault fault) {
    Map<IpPrefix, Draft> vips = new HashMap<>();
    Set<Integer> lengths = new TreeSet<>();
    for (Draft draft : drafts) {
      for (ServiceKey key : draft.service.keys()) {
        if (vips.putIfAbsent(key.vip(), draft) == null) {
          lengths.add(key.vip().length());
        }
      }
    }
    for (Draft draft : drafts) {
      checkPins(draft).ifPresent(message -> fault.of(draft.line, message));
      draft.servers.forEach((server, line) ->
          checkVip(draft, server, vips, lengths).ifPresent(message -> fault.of(line, message)));
    }
  }

  /** Takes a fault of a line. */
  @FunctionalInterface
  interface Fault {

    void of(int line, String message);
  }

  private static Optional<String> checkPins(Draft draft) {
    List<ClientPin> pins = draft.service.persistence().map(Persistence::pins).orElse(List.of());
    return pins.stream()
        .filter(pin -> !draft.servers.containsKey(pin.server()))
        .findFirst()
        .map(pin ->
            draft.service.key()
                + ": --pin "
                + pin.clients()
                + "="
                + IpPrefix.text(pin.server())
                + " (expected: a real server of the service)");
  }

  private Optional<String> checkVip(
      Draft draft, InetAddress server, Map<IpPrefix, Draft> vips, Set<Integer> lengths) {
    for (int length : lengths) {
      if (length > IPV4_BITS && !(server instanceof Inet6Address)) {
        break;
      }
      Draft owner = vips.get(IpPrefix.around(server, length));
      if (owner != null) {
        return Optional.of(
            draft.service.key()
                + ": real server "
                + IpPrefix.text(server)
                + " (expected: the server's own address, not the VIP of "
                + owner.service.key()
                + ", "
                + where.apply(owner.line)
                + ")");
      }
    }
    return Optional.empty();
  }

  private void checkTimeouts(FlowTimeouts given) throws RuleError {
    if (given.equals(FlowTimeouts.DEFAULT) || otherTimeouts.contains(given)) {
      return;
    }
    if (otherTimeouts.size() == MOST_TIMEOUTS) {
      throw new RuleError(
          "more than " + MOST_TIMEOUTS + " different --timeout", "at most " + MOST_TIMEOUTS);
    }
    otherTimeouts.add(given);
  }

  private void checkAgainstOthers(ServiceKey key) throws RuleError {
    Optional<ServiceKey> other = keys.conflict(key);
    @Nullable Integer place = other.map(places::get).orElse(null);
    if (other.isEmpty() || place == null) {
      return;
    }
    String line = where.apply(drafts.get(place).line);
    if (other.get().equals(key)) {
      throw new RuleError(key + " is given twice", "one -A line per service; the first is " + line);
    }
    throw new RuleError(
        key + " overlaps " + other.get() + " of another service",
        "separate port ranges, or one range inside the other; the other is " + line);
  }

  private static Object name(ServiceName name) {
    return name.mark().<Object>map(mark -> mark).orElseGet(() -> name.keys().getFirst());
  }

  private List<ServiceKey> keys(ServiceName name) throws RuleError {
    if (name.mark().isEmpty()) {
      return name.keys();
    }
    FirewallMark mark = name.mark().get();
    List<ServiceKey> keys = marked.get(mark);
    if (keys == null) {
      String vip = mark.isIpv6() ? "[2001:db8::10]" : "192.0.2.10";
      throw new RuleError(
          mark + " without an --fwmark line, which lists what netfilter marks",
          "a line such as \"--fwmark %d -t %s:80 -t %s:443\"".formatted(mark.number(), vip, vip));
    }
    return keys;
  }
}
