package io.dsr.core;

import static java.util.Objects.requireNonNull;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A virtual IP, protocol and port, or several of them together, and the real servers that answer
 * for it.
 *
 * <p>An immutable value: each method that takes an argument returns a changed copy.
 *
 * <pre>{@code
 * VirtualService.tcp("192.0.2.10", 80)
 *     .scheduler(Schedulers.maglev())
 *     .realServer("192.0.2.21")
 *     .realServer("192.0.2.22", 2);
 * }</pre>
 *
 * <p>A service of several keys is what a firewall mark is to IPVS: its keys share one pool of
 * servers, one scheduler and one persistence, so that a client's HTTP and HTTPS, or both
 * connections of passive FTP, meet one server.
 */
@CheckReturnValue
public final class VirtualService {

  /** How many keys besides the first a text has at most. */
  private static final int SHOWN_KEYS = 16;

  private final List<ServiceKey> keys;
  private final Optional<Scheduler> scheduler;
  private final Optional<Persistence> persistence;
  private final ServiceRules rules;
  private final List<RealServer> realServers;

  private VirtualService(
      List<ServiceKey> keys,
      Optional<Scheduler> scheduler,
      Optional<Persistence> persistence,
      ServiceRules rules,
      List<RealServer> realServers) {
    this.keys = keys;
    this.scheduler = scheduler;
    this.persistence = persistence;
    this.rules = rules;
    this.realServers = realServers;
  }

  /**
   * Returns a TCP service without servers.
   *
   * @throws IllegalArgumentException if {@code address} is not a literal unicast address, or {@code
   *     port} is not within 1 to 65535
   */
  public static VirtualService tcp(String address, int port) {
    return of(new ServiceKey(Protocol.TCP, RealServer.parse(address, "virtual address"), port));
  }

  /**
   * Returns a UDP service without servers.
   *
   * @throws IllegalArgumentException if {@code address} is not a literal unicast address, or {@code
   *     port} is not within 1 to 65535
   */
  public static VirtualService udp(String address, int port) {
    return of(new ServiceKey(Protocol.UDP, RealServer.parse(address, "virtual address"), port));
  }

  /**
   * Returns an SCTP service without servers.
   *
   * @throws IllegalArgumentException if {@code address} is not a literal unicast address, or {@code
   *     port} is not within 1 to 65535
   */
  public static VirtualService sctp(String address, int port) {
    return of(new ServiceKey(Protocol.SCTP, RealServer.parse(address, "virtual address"), port));
  }

  /** Returns a service without servers. */
  public static VirtualService of(ServiceKey key) {
    requireNonNull(key, "key");
    return new VirtualService(
        List.of(key), Optional.empty(), Optional.empty(), ServiceRules.DEFAULT, List.of());
  }

  /**
   * Returns this service for one more protocol, VIP or port.
   *
   * @throws IllegalArgumentException if it is of the other address family, or conflicts with a key
   *     that the service has
   */
  public VirtualService addKey(ServiceKey another) {
    return addKeys(List.of(another));
  }

  /**
   * Returns this service for more protocols, VIPs or ports: in one step, as many as there are.
   *
   * @throws IllegalArgumentException if one is of the other address family, or conflicts with
   *     another of them, or with a key that the service has
   */
  public VirtualService addKeys(Collection<ServiceKey> more) {
    var known = new ServiceKeys();
    keys.forEach(known::add);
    var joined = new ArrayList<>(keys);
    for (ServiceKey another : more) {
      Optional<ServiceKey> present = known.add(another);
      if (present.isPresent()) {
        throw new IllegalArgumentException(present.get() + " overlaps " + another);
      }
      if (another.isIpv6() != key().isIpv6()) {
        throw new IllegalArgumentException(
            another + " (expected: the address family of " + key() + ")");
      }
      joined.add(another);
    }
    var service = new VirtualService(List.copyOf(joined), scheduler, persistence, rules, List.of());
    return service.realServers(realServers);
  }

  /**
   * Returns this service under another scheduler; without one it runs weighted least connections.
   */
  public VirtualService scheduler(Scheduler newScheduler) {
    requireNonNull(newScheduler, "newScheduler");
    return new VirtualService(keys, Optional.of(newScheduler), persistence, rules, realServers);
  }

  /** Returns this service with persistence; without it each new flow is scheduled by itself. */
  public VirtualService persistence(Persistence newPersistence) {
    requireNonNull(newPersistence, "newPersistence");
    return new VirtualService(keys, scheduler, Optional.of(newPersistence), rules, realServers);
  }

  /**
   * Returns this service under other rules.
   *
   * @throws IllegalArgumentException if they send each packet by itself, but a key is not of UDP
   */
  public VirtualService rules(ServiceRules newRules) {
    requireNonNull(newRules, "newRules");
    if (newRules.tracking() == FlowTracking.ONE_PACKET) {
      for (ServiceKey key : keys) {
        if (key.protocol() != Protocol.UDP) {
          throw new IllegalArgumentException(key + ": one-packet scheduling (expected: UDP)");
        }
      }
    }
    return new VirtualService(keys, scheduler, persistence, newRules, realServers);
  }

  /** Returns this service with one more server, of weight 1. */
  public VirtualService realServer(String address) {
    return realServer(RealServer.of(address));
  }

  /** Returns this service with one more server. */
  public VirtualService realServer(String address, int weight) {
    return realServer(RealServer.of(address, weight));
  }

  /**
   * Returns this service with one more server.
   *
   * @throws IllegalArgumentException if the service has a server of that address, if the address is
   *     of another family than the VIP or is the VIP itself
   */
  public VirtualService realServer(RealServer server) {
    var servers = new ArrayList<>(realServers);
    servers.add(server);
    return realServers(servers);
  }

  /**
   * Returns this service with these servers and no others.
   *
   * @throws IllegalArgumentException if two have the same address, or one is of another family than
   *     the VIP or has the VIP for its own address
   */
  public VirtualService realServers(List<RealServer> servers) {
    Map<IpPrefix, ServiceKey> vips = vips();
    Set<InetAddress> seen = new HashSet<>();
    for (RealServer server : servers) {
      check(server, vips);
      if (!seen.add(server.address())) {
        throw new IllegalArgumentException(
            key() + ": real server " + IpPrefix.text(server.address()) + " is given twice");
      }
    }
    return new VirtualService(keys, scheduler, persistence, rules, List.copyOf(servers));
  }

  /**
   * Returns this service with a server that is asked only when no other may take a flow.
   *
   * @throws IllegalArgumentException as {@link #realServer(RealServer)}
   */
  public VirtualService sorryServer(String address) {
    return realServer(RealServer.of(address).tier(RealServer.SORRY_TIER));
  }

  /** Returns protocol, VIP and port: the first of them, by which the service is named. */
  public ServiceKey key() {
    return keys.getFirst();
  }

  /** Returns every protocol, VIP and port that is of this service, one or more. */
  public List<ServiceKey> keys() {
    return keys;
  }

  /** Returns how clients and flows are treated. */
  public ServiceRules rules() {
    return rules;
  }

  /** Returns the scheduler, empty for the default, weighted least connections. */
  public Optional<Scheduler> scheduler() {
    return scheduler;
  }

  /** Returns the persistence, empty for none. */
  public Optional<Persistence> persistence() {
    return persistence;
  }

  /** Returns the servers in the order in which they were given. */
  public List<RealServer> realServers() {
    return realServers;
  }

  /**
   * Returns whether {@code other} is a service of the same keys, scheduler, persistence, rules and
   * servers, in the same order.
   */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof VirtualService that
        && keys.equals(that.keys)
        && rules.equals(that.rules)
        && scheduler.equals(that.scheduler)
        && persistence.equals(that.persistence)
        && realServers.equals(that.realServers);
  }

  @Override
  public int hashCode() {
    return Objects.hash(keys, scheduler, persistence, rules, realServers);
  }

  /** Returns the key and the servers, as in {@code tcp 192.0.2.10:80 -> 192.0.2.21*1}. */
  @Override
  public String toString() {
    var text = new StringBuilder(key().toString());
    keys.stream().skip(1).limit(SHOWN_KEYS).forEach(key -> text.append(" + ").append(key));
    if (keys.size() - 1 > SHOWN_KEYS) {
      text.append(" + ").append(keys.size() - 1 - SHOWN_KEYS).append(" more");
    }
    text.append(" ->");
    for (RealServer server : realServers) {
      text.append(' ').append(IpPrefix.text(server.address())).append('*').append(server.weight());
    }
    return text.toString();
  }

  /** Returns the first key of each VIP. */
  private Map<IpPrefix, ServiceKey> vips() {
    Map<IpPrefix, ServiceKey> vips = new LinkedHashMap<>();
    keys.forEach(key -> vips.putIfAbsent(key.vip(), key));
    return vips;
  }

  private void check(RealServer server, Map<IpPrefix, ServiceKey> vips) {
    String address = IpPrefix.text(server.address());
    if (server.isIpv6() != key().isIpv6()) {
      throw new IllegalArgumentException(
          key() + ": real server " + address + " (expected: the address family of the VIP)");
    }
    for (Map.Entry<IpPrefix, ServiceKey> vip : vips.entrySet()) {
      if (vip.getKey().contains(server.address())) {
        throw new IllegalArgumentException(
            vip.getValue()
                + ": real server "
                + address
                + " (expected: the server's own address, not the VIP)");
      }
    }
  }
}
