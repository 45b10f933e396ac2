package io.dsr.core;

import static java.util.Objects.requireNonNull;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A virtual IP, protocol and port, and the real servers that answer for it.
 *
 * <p>An immutable value: each method that takes an argument returns a changed copy.
 *
 * <pre>{@code
 * VirtualService.tcp("192.0.2.10", 80)
 *     .scheduler(Schedulers.maglev())
 *     .realServer("192.0.2.21")
 *     .realServer("192.0.2.22", 2);
 * }</pre>
 */
public final class VirtualService {

  private final ServiceKey key;
  private final Optional<Scheduler> scheduler;
  private final Optional<Persistence> persistence;
  private final List<RealServer> realServers;

  private VirtualService(
      ServiceKey key,
      Optional<Scheduler> scheduler,
      Optional<Persistence> persistence,
      List<RealServer> realServers) {
    this.key = key;
    this.scheduler = scheduler;
    this.persistence = persistence;
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

  /** Returns a service without servers. */
  public static VirtualService of(ServiceKey key) {
    requireNonNull(key, "key");
    return new VirtualService(key, Optional.empty(), Optional.empty(), List.of());
  }

  /**
   * Returns this service under another scheduler; without one it runs weighted least connections.
   */
  public VirtualService scheduler(Scheduler newScheduler) {
    requireNonNull(newScheduler, "newScheduler");
    return new VirtualService(key, Optional.of(newScheduler), persistence, realServers);
  }

  /** Returns this service with persistence; without it each new flow is scheduled by itself. */
  public VirtualService persistence(Persistence newPersistence) {
    requireNonNull(newPersistence, "newPersistence");
    return new VirtualService(key, scheduler, Optional.of(newPersistence), realServers);
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
    Set<InetAddress> seen = new HashSet<>();
    for (RealServer server : servers) {
      check(server);
      if (!seen.add(server.address())) {
        throw new IllegalArgumentException(
            key + ": real server " + server.address().getHostAddress() + " is given twice");
      }
    }
    return new VirtualService(key, scheduler, persistence, List.copyOf(servers));
  }

  /** Returns protocol, VIP and port. */
  public ServiceKey key() {
    return key;
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
   * Returns whether {@code other} is a service of the same key, scheduler, persistence and servers,
   * in the same order.
   */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof VirtualService that
        && key.equals(that.key)
        && scheduler.equals(that.scheduler)
        && persistence.equals(that.persistence)
        && realServers.equals(that.realServers);
  }

  @Override
  public int hashCode() {
    return Objects.hash(key, scheduler, persistence, realServers);
  }

  /** Returns the key and the servers, as in {@code tcp 192.0.2.10:80 -> 192.0.2.21*1}. */
  @Override
  public String toString() {
    var text = new StringBuilder(key.toString()).append(" ->");
    for (RealServer server : realServers) {
      text.append(' ')
          .append(server.address().getHostAddress())
          .append('*')
          .append(server.weight());
    }
    return text.toString();
  }

  private void check(RealServer server) {
    String address = server.address().getHostAddress();
    if (server.isIpv6() != key.isIpv6()) {
      throw new IllegalArgumentException(
          key + ": real server " + address + " (expected: an address of the VIP's family)");
    }
    if (server.address().equals(key.address())) {
      throw new IllegalArgumentException(
          key + ": real server " + address + " (expected: the server's own address, not the VIP)");
    }
  }
}
