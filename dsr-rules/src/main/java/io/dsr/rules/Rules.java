package io.dsr.rules;

import static java.util.Objects.requireNonNull;

import io.dsr.core.Admission;
import io.dsr.core.VirtualService;
import java.util.List;
import java.util.Optional;

/**
 * What a file of rules says.
 *
 * @param services the services, in the order of their lines
 * @param admission how the balancer defends its tables, empty if the file does not say
 */
public record Rules(List<VirtualService> services, Optional<Admission> admission) {

  /** Copies the list. */
  public Rules {
    services = List.copyOf(services);
    requireNonNull(admission, "admission");
  }
}
