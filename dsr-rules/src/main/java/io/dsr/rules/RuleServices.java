package io.dsr.rules;

import io.dsr.core.FlowTimeouts;
import io.dsr.core.RealServer;
import io.dsr.core.ServiceKey;
import io.dsr.core.VirtualService;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The services that the lines of a file add up to. */
final class RuleServices {

  private final FlowTimeouts timeouts;
  private final Map<FirewallMark, List<ServiceKey>> marked = new HashMap<>();
  private final List<VirtualService> services = new ArrayList<>();

  /** Where in the list a service is, by each of its keys, and by its mark. */
  private final Map<Object, Integer> places = new HashMap<>();

  /** The keys of one protocol and VIP, by both. */
  private final Map<List<Object>, List<ServiceKey>> neighbours = new HashMap<>();

  private final Set<Object> refused = new HashSet<>();

  RuleServices(FlowTimeouts timeouts) {
    this.timeouts = timeouts;
  }

  /** Returns the services, in the order of their lines. */
  List<VirtualService> all() {
    return List.copyOf(services);
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

  void add(ServiceRule rule) throws RuleError {
    try {
      List<ServiceKey> keys = keys(rule.name());
      for (ServiceKey key : keys) {
        checkAgainstOthers(key);
      }
      VirtualService service = rule.service(keys, timeouts);
      for (ServiceKey key : keys) {
        places.put(key, services.size());
        neighbours(key).add(key);
      }
      rule.name().mark().ifPresent(mark -> places.put(mark, services.size()));
      services.add(service);
    } catch (RuleError | IllegalArgumentException fault) {
      refuse(rule.name());
      throw fault;
    }
  }

  void add(ServerRule rule) throws RuleError {
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
    services.set(place, rule.addTo(services.get(place)));
  }

  void addSorryServers(ServiceRule rule) {
    Integer place = places.get(name(rule.name()));
    if (place == null) {
      return; // its line is at fault
    }
    for (RealServer server : rule.sorryServers()) {
      services.set(place, services.get(place).realServer(server));
    }
  }

  private void checkAgainstOthers(ServiceKey key) throws RuleError {
    if (places.containsKey(key)) {
      throw new RuleError(key + " is given twice", "one -A line per service");
    }
    for (ServiceKey other : neighbours(key)) {
      if (key.conflictsWith(other)) {
        throw new RuleError(
            key + " overlaps " + other + " of another service",
            "separate port ranges, or one range inside the other");
      }
    }
  }

  private List<ServiceKey> neighbours(ServiceKey key) {
    return neighbours.computeIfAbsent(List.of(key.protocol(), key.vip()), any -> new ArrayList<>());
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
