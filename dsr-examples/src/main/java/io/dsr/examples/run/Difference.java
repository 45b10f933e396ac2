package io.dsr.examples.run;

import io.dsr.core.ServiceKey;
import io.dsr.core.VirtualService;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How many services a reload changed.
 *
 * @param added those that were not there before
 * @param changed those whose scheduler, persistence, servers or weights are others now
 * @param removed those that are no longer there
 */
record Difference(int added, int changed, int removed) {

  static Difference between(List<VirtualService> before, List<VirtualService> after) {
    Map<ServiceKey, VirtualService> old = new HashMap<>();
    before.forEach(service -> old.put(service.key(), service));
    int added = 0;
    int changed = 0;
    for (VirtualService service : after) {
      VirtualService known = old.remove(service.key());
      if (known == null) {
        added++;
      } else if (!known.equals(service)) {
        changed++;
      }
    }
    return new Difference(added, changed, old.size());
  }

  @Override
  public String toString() {
    return "services: " + added + " added, " + changed + " changed, " + removed + " removed";
  }
}
