package io.dsr.rules;

import io.dsr.core.AccessList;
import io.dsr.core.Admission;
import io.dsr.core.ClientPin;
import io.dsr.core.FailurePolicy;
import io.dsr.core.FlowRemoval;
import io.dsr.core.FlowTimeouts;
import io.dsr.core.FlowTracking;
import io.dsr.core.IpPrefix;
import io.dsr.core.Persistence;
import io.dsr.core.PortRange;
import io.dsr.core.Protocol;
import io.dsr.core.RealServer;
import io.dsr.core.Scheduler;
import io.dsr.core.ServiceKey;
import io.dsr.core.ServiceRules;
import io.dsr.core.SourceLimits;
import io.dsr.core.VirtualService;
import io.dsr.core.scheduler.MaglevOptions;
import io.dsr.core.scheduler.Schedulers;
import io.dsr.core.scheduler.SourceHashOptions;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;

/** Any rules that there can be. */
final class RandomRules {

  private final RandomGenerator random;
  private boolean ipv6;

  RandomRules(RandomGenerator random) {
    this.random = random;
  }

  Rules next() {
    List<VirtualService> services = new ArrayList<>();
    for (int service = random.nextInt(4); service >= 0; service--) {
      ipv6 = random.nextBoolean();
      services.add(service(service));
    }
    return new Rules(services, random.nextBoolean() ? Optional.of(admission()) : Optional.empty());
  }

  private VirtualService service(int number) {
    VirtualService service = VirtualService.of(key(number, Protocol.of(17)));
    boolean onePacket = random.nextInt(4) == 0;
    for (int more = random.nextInt(4); more > 0; more--) {
      int[] protocols = onePacket ? new int[] {17} : new int[] {0, 4, 6, 17, 47, 132, 255};
      ServiceKey key =
          key(number * 4 + more + 10, Protocol.of(protocols[random.nextInt(protocols.length)]));
      service = service.addKey(key);
    }
    if (random.nextBoolean()) {
      service = service.scheduler(scheduler());
    }
    if (random.nextBoolean()) {
      service = service.persistence(persistence());
    }
    service = service.rules(rules(onePacket));
    for (int server = random.nextInt(4); server > 0; server--) {
      int upper = random.nextBoolean() ? 0 : random.nextInt(Integer.MAX_VALUE);
      service =
          service.realServer(
              new RealServer(
                  address(200 + server),
                  random.nextInt(65_536),
                  random.nextBoolean() ? 0 : random.nextInt(256),
                  upper,
                  upper == 0 ? 0 : random.nextInt(upper),
                  random.nextBoolean() ? 0 : random.nextInt(4_095)));
    }
    return service;
  }

  private ServiceKey key(int number, Protocol protocol) {
    int first = 1 + random.nextInt(65_535);
    PortRange ports =
        switch (protocol.hasPorts() ? random.nextInt(3) : 0) {
          case 0 -> PortRange.ANY;
          case 1 -> PortRange.of(first);
          default -> new PortRange(first, first + random.nextInt(65_536 - first));
        };
    int bits = (ipv6 ? 128 : 32) - random.nextInt(3);
    return new ServiceKey(protocol, IpPrefix.around(address(number * 4 + 4), bits), ports);
  }

  private Scheduler scheduler() {
    List<Integer> sizes = MaglevOptions.TABLE_SIZES;
    return switch (random.nextInt(4)) {
      case 0 -> Schedulers.roundRobin();
      case 1 -> Schedulers.weightedLeastConnections();
      case 2 ->
          Schedulers.sourceHash(new SourceHashOptions(random.nextBoolean(), random.nextBoolean()));
      default ->
          Schedulers.maglev(
              new MaglevOptions(
                  sizes.get(random.nextInt(sizes.size())),
                  random.nextBoolean(),
                  random.nextBoolean()));
    };
  }

  private Persistence persistence() {
    Set<Persistence.Part> key = EnumSet.noneOf(Persistence.Part.class);
    List<Persistence.Part> parts = List.copyOf(EnumSet.allOf(Persistence.Part.class));
    key.add(parts.get(random.nextInt(parts.size())));
    key.add(parts.get(random.nextInt(parts.size())));
    List<ClientPin> pins = new ArrayList<>();
    for (int pin = random.nextInt(3); pin > 0; pin--) {
      ClientPin.Fallback[] fallbacks = ClientPin.Fallback.values();
      pins.add(
          new ClientPin(
              IpPrefix.around(address(pin), 16 + pin),
              address(200 + pin),
              fallbacks[random.nextInt(fallbacks.length)]));
    }
    return new Persistence(
        time(),
        random.nextBoolean() ? 32 : 1 + random.nextInt(32),
        random.nextBoolean() ? 128 : 1 + random.nextInt(128),
        key,
        pins,
        random.nextBoolean() ? 0 : random.nextInt(Integer.MAX_VALUE),
        random.nextBoolean());
  }

  private ServiceRules rules(boolean onePacket) {
    FlowRemoval[] removals = FlowRemoval.values();
    FailurePolicy[] failures = FailurePolicy.values();
    FlowTracking other = random.nextBoolean() ? FlowTracking.TRACKED : FlowTracking.SESSIONLESS;
    return new ServiceRules(
        new AccessList(prefixes(0), prefixes(50)),
        onePacket ? FlowTracking.ONE_PACKET : other,
        random.nextBoolean() ? FlowTimeouts.DEFAULT : timeouts(),
        removals[random.nextInt(removals.length)],
        1 + random.nextInt(3),
        random.nextBoolean() ? Optional.empty() : Optional.of(limits()),
        random.nextBoolean()
            ? Optional.empty()
            : Optional.of(failures[random.nextInt(failures.length)]));
  }

  private FlowTimeouts timeouts() {
    return new FlowTimeouts(time(), time(), time(), time(), time(), time(), time(), time(), time());
  }

  private SourceLimits limits() {
    int rate = random.nextInt(3);
    return new SourceLimits(
        1 + random.nextInt(32),
        1 + random.nextInt(128),
        rate,
        rate == 0 ? 0 : rate + random.nextInt(3),
        random.nextInt(3),
        random.nextInt(3),
        random.nextBoolean()
            ? Duration.ZERO
            : Duration.ofNanos(random.nextLong(3_600_000_000_000L)));
  }

  private Admission admission() {
    return new Admission(
        random.nextInt(3),
        1 + random.nextInt(32),
        1 + random.nextInt(128),
        random.nextInt(100_000_000),
        50 + random.nextInt(51),
        random.nextBoolean());
  }

  private List<IpPrefix> prefixes(int from) {
    List<IpPrefix> prefixes = new ArrayList<>();
    for (int i = random.nextInt(3); i > 0; i--) {
      prefixes.add(IpPrefix.of(address(from + i)));
    }
    return prefixes;
  }

  /** Returns a time from a second to 31 days, in any unit. */
  private Duration time() {
    return switch (random.nextInt(4)) {
      case 0 -> Duration.ofSeconds(1 + random.nextInt(2_678_400));
      case 1 -> Duration.ofMillis(1_000 + random.nextInt(1_000_000));
      case 2 -> Duration.ofNanos(1_000_000_000L + random.nextInt(1_000_000) * 1_000L);
      default -> Duration.ofNanos(1_000_000_000L + random.nextInt(1_000_000_000));
    };
  }

  private InetAddress address(int last) {
    byte[] octets = new byte[ipv6 ? 16 : 4];
    octets[0] = ipv6 ? 0x20 : (byte) 192;
    octets[octets.length - 1] = (byte) last;
    try {
      return InetAddress.getByAddress(octets);
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e);
    }
  }
}
