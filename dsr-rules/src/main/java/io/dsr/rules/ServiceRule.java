package io.dsr.rules;

import io.dsr.core.FlowTimeouts;
import io.dsr.core.RealServer;
import io.dsr.core.ServiceKey;
import io.dsr.core.VirtualService;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads a line {@code -A -t|-u VIP:PORT [-s SCHEDULER] [-p [SECONDS]] [-M MASK|BITS] [-b FLAGS]},
 * with the options that dsr has besides.
 */
final class ServiceRule {

  private final ServiceName name;
  private final Names names;
  private final SchedulerRule scheduler = new SchedulerRule();
  private final PersistenceRule persistence = new PersistenceRule();
  private final TreatmentRule treatment = new TreatmentRule();
  private final List<RealServer> sorryServers = new ArrayList<>();

  ServiceRule(Names names) {
    this.names = names;
    name = new ServiceName(names);
  }

  /** Reads the rest of the line. */
  void parse(Tokens words) throws RuleError {
    while (!words.isEmpty()) {
      option(words.take(), words);
    }
    name.check("-A");
    if (!persistence.isGiven()) {
      name.requirePorts();
    }
  }

  /** Returns how the line names its service, as far as it was understood. */
  ServiceName name() {
    return name;
  }

  /** Returns the service, without servers. */
  VirtualService service(List<ServiceKey> keys, FlowTimeouts timeouts) throws RuleError {
    VirtualService service =
        VirtualService.of(keys.getFirst()).addKeys(keys.subList(1, keys.size()));
    var scheduled = scheduler.scheduler();
    if (scheduled.isPresent()) {
      service = service.scheduler(scheduled.get());
    }
    var persistent = persistence.persistence(service.key().isIpv6());
    if (persistent.isPresent()) {
      service = service.persistence(persistent.get());
    }
    return service.rules(treatment.rules(timeouts));
  }

  /** Returns the servers of the last tier, which come behind those of lines of their own. */
  List<RealServer> sorryServers() {
    return sorryServers;
  }

  private void option(String option, Tokens words) throws RuleError {
    if (option.equals("--sorry-server")) {
      String text = words.argument(option, "a server's address");
      InetAddress address = Endpoint.address(text, text, "sorry server", names);
      sorryServers.add(new RealServer(address, 1).tier(RealServer.SORRY_TIER));
    } else if (!name.option(option, words)
        && !scheduler.option(option, words)
        && !persistence.option(option, words)
        && !treatment.option(option, words)) {
      throw UnsupportedOptions.of(option);
    }
  }
}
