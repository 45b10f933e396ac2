package io.dsr.rules;

import io.dsr.core.ServiceKey;
import io.dsr.core.VirtualService;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The services in which two sets of rules differ.
 *
 * @param added those that were not there before
 * @param changed those whose scheduler, persistence, servers or weights are others now
 * @param removed those that are no longer there
 */
public record RulesDiff(
    List<ServiceKey> added, List<ServiceKey> changed, List<ServiceKey> removed) {

  /** Copies its lists. */
  public RulesDiff {
    added = List.copyOf(added);
    changed = List.copyOf(changed);
    removed = List.copyOf(removed);
  }

  /** Returns what differs between the services before and after. */
  public static RulesDiff between(List<VirtualService> before, List<VirtualService> after) {
    Map<ServiceKey, VirtualService> old = new LinkedHashMap<>();
    before.forEach(service -> old.put(service.key(), service));
    List<ServiceKey> added = new ArrayList<>();
    List<ServiceKey> changed = new ArrayList<>();
    for (VirtualService service : after) {
      VirtualService known = old.remove(service.key());
      if (known == null) {
        added.add(service.key());
      } else if (!known.equals(service)) {
        changed.add(service.key());
      }
    }
    return new RulesDiff(added, changed, List.copyOf(old.keySet()));
  }

  /** Returns whether nothing differs. */
  public boolean isEmpty() {
    return added.isEmpty() && changed.isEmpty() && removed.isEmpty();
  }

  /** Returns one line, {@code 1 added (tcp 192.0.2.10:80), 0 changed, 0 removed}. */
  @Override
  public String toString() {
    return part(added, "added") + ", " + part(changed, "changed") + ", " + part(removed, "removed");
  }

  private static String part(List<ServiceKey> services, String what) {
    if (services.isEmpty()) {
      return "0 " + what;
    }
    return services.stream()
        .map(ServiceKey::toString)
        .collect(Collectors.joining("; ", services.size() + " " + what + " (", ")"));
  }
}
