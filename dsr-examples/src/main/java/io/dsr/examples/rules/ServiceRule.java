package io.dsr.examples.rules;

import io.dsr.core.Persistence;
import io.dsr.core.Protocol;
import io.dsr.core.ServiceKey;
import io.dsr.core.VirtualService;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads {@code -A -t|-u VIP:PORT [-s SCHEDULER] [-p [SECONDS]] [-M MASK|BITS] [-b FLAGS]}. */
final class ServiceRule {

  private static final int DEFAULT_TIMEOUT_SECONDS = 300;
  private static final int LONGEST_TIMEOUT_SECONDS = 31 * 86_400;

  private @Nullable ServiceKey key;
  private String scheduler = "wlc";
  private List<String> flags = List.of();
  private int timeoutSeconds;
  private @Nullable String netmask;

  /** Returns the service that the rest of the line asks for. */
  VirtualService parse(Words words) throws Fault {
    while (!words.isEmpty()) {
      option(words.take(), words);
    }
    return service();
  }

  /** Returns the key as far as the line was understood. */
  Optional<ServiceKey> key() {
    return Optional.ofNullable(key);
  }

  /** Reads the VIP that follows {@code -t} or {@code -u}. */
  static ServiceKey key(String option, Words words) throws Fault {
    Protocol protocol =
        option.equals("-t") || option.equals("--tcp-service") ? Protocol.TCP : Protocol.UDP;
    Endpoint vip = Endpoint.parse(words.argument(option, "VIP:PORT"), "virtual service");
    if (vip.port() == Endpoint.NO_PORT) {
      throw new Fault("virtual service " + vip + " without a port", "VIP:PORT");
    }
    try {
      return new ServiceKey(protocol, vip.address(), vip.port());
    } catch (IllegalArgumentException e) {
      throw Fault.of(e);
    }
  }

  private void option(String option, Words words) throws Fault {
    switch (option) {
      case "-t", "--tcp-service", "-u", "--udp-service" -> {
        words.once("virtual service");
        key = key(option, words);
      }
      case "-s", "--scheduler" -> {
        words.once("scheduler");
        scheduler = words.argument(option, "a scheduler");
      }
      case "-p", "--persistent" -> {
        words.once("persistence");
        timeoutSeconds = timeoutSeconds(words);
      }
      case "-M", "--netmask" -> {
        words.once("netmask");
        netmask = words.argument(option, "a netmask");
      }
      case "-b", "--sched-flags" -> {
        words.once("list of scheduler flags");
        flags = List.of(words.argument(option, "scheduler flags").split(",", -1));
      }
      default -> throw Refusals.of(option);
    }
  }

  private static int timeoutSeconds(Words words) throws Fault {
    return words.hasArgument()
        ? Endpoint.number(words.take(), 1, LONGEST_TIMEOUT_SECONDS, "seconds of persistence")
        : DEFAULT_TIMEOUT_SECONDS;
  }

  private VirtualService service() throws Fault {
    if (key == null) {
      throw new Fault("-A without a virtual service", "-t VIP:PORT or -u VIP:PORT");
    }
    VirtualService service =
        VirtualService.of(key).scheduler(new SchedulerRule(scheduler, flags).scheduler());
    if (timeoutSeconds > 0) {
      service = service.persistence(persistence(key.isIpv6()));
    } else if (netmask != null) {
      throw new Fault("-M without persistence", "-p as well");
    }
    return service;
  }

  private Persistence persistence(boolean ipv6) throws Fault {
    Persistence whole = Persistence.sourceAddress(Duration.ofSeconds(timeoutSeconds));
    if (netmask == null) {
      return whole;
    }
    int bits = Netmask.bits(netmask, ipv6);
    return ipv6 ? whole.ipv6Prefix(bits) : whole.ipv4Prefix(bits);
  }
}
