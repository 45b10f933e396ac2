package io.dsr.netty.host;

import io.dsr.core.ServiceKey;
import io.dsr.core.WeightReason;
import io.dsr.core.control.ServiceDiff;
import io.dsr.core.membership.ServiceMembers;
import io.dsr.core.scheduler.Schedulers;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs, once for each service, that the clients of a server that cannot take new flows are dropped
 * though other servers could: {@code sh} and {@code mh} without their fallback do so, as in IPVS.
 * Control thread.
 */
final class FallbackNotice {

  private static final Logger LOG = LoggerFactory.getLogger(FallbackNotice.class);

  /** Not of servers that nobody has asked yet, nor of tiers that stand by. */
  private static final Set<WeightReason> CANNOT =
      Set.of(
          WeightReason.UNREACHABLE,
          WeightReason.UNHEALTHY,
          WeightReason.OVERLOADED,
          WeightReason.DRAINING);

  private final Set<ServiceKey> told = new HashSet<>();

  /** Looks at services that have changed; returns those that it logs of. */
  Set<ServiceKey> look(List<ServiceDiff.Change> changes) {
    Set<ServiceKey> fresh = new HashSet<>();
    for (ServiceDiff.Change each : changes) {
      ServiceMembers after = each.after();
      if (after != null && !after.removed()) {
        Optional<String> flag = missing(after);
        if (flag.isPresent() && told.add(after.service().key())) {
          fresh.add(after.service().key());
          LOG.warn(
              "{}: new flows of clients whose server cannot take them are dropped (cure: the"
                  + " scheduler's flag {}, -b {})",
              after.service().key(),
              flag.get(),
              flag.get());
        }
      }
    }
    return fresh;
  }

  private static Optional<String> missing(ServiceMembers service) {
    boolean some = service.members().stream().anyMatch(member -> member.effectiveWeight() > 0);
    boolean notAll =
        service.members().stream().anyMatch(member -> CANNOT.contains(member.reason()));
    return some && notAll
        ? service.service().scheduler().flatMap(Schedulers::missingFallback)
        : Optional.empty();
  }
}
