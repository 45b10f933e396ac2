package io.dsr.lab;

import io.dsr.core.MacAddress;
import io.dsr.linux.namespace.NetworkNamespace;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The network of a direct-server-return balancer, in namespaces of this process.
 *
 * <pre>
 *   client --- router ---+--- balancer          (the VIP is not configured here)
 *   216.139.43.10        +--- server1 ...       (VIP on lo, ARP for it silenced)
 *                        +--- localclient       (if asked for)
 *                      segment, a bridge: 195.30.70.0/24, 2001:db8:70::/64
 * </pre>
 *
 * <p>Each host answers to its own addresses; the servers' default route is the router, so that what
 * they answer does not pass the balancer. Offloads of the veth pairs are at their defaults. Nothing
 * is left when the process ends, however it ends.
 */
public final class Lab implements AutoCloseable {

  /** The virtual address. */
  public static final InetAddress VIP = InetAddress.ofLiteral("195.30.70.200");

  /** The virtual address in IPv6. */
  public static final InetAddress VIP6 = InetAddress.ofLiteral("2001:db8:70::200");

  /** The router's address on the segment. */
  public static final InetAddress ROUTER = InetAddress.ofLiteral("195.30.70.1");

  /** The router's IPv6 address on the segment. */
  public static final InetAddress ROUTER6 = InetAddress.ofLiteral("2001:db8:70::1");

  /** The router's address on the client's side. */
  static final String CLIENTS_ROUTER = "216.139.43.1";

  /** The router's IPv6 address on the client's side. */
  static final String CLIENTS_ROUTER6 = "2001:db8:43::1";

  /** The router's interface on the client's side. */
  static final String CLIENTS_INTERFACE = "clients";

  private static final long FIRST_SERVER_MAC = 0xbb;
  private static final int FIRST_SERVER_ADDRESS = 101;

  private final List<NetworkNamespace> namespaces = new ArrayList<>();
  private final NetworkNamespace segment;
  private final Host client;
  private final Host router;
  private final Host balancer;
  private final List<Host> servers = new ArrayList<>();
  private Optional<Host> localClient = Optional.empty();

  Lab(int serverCount) throws IOException {
    boolean success = false;
    try {
      segment = namespace("segment");
      client = host("client", 0xc1, "216.139.43.10", "2001:db8:43::10");
      router = host("router", 0x11, ROUTER.getHostAddress(), ROUTER6.getHostAddress());
      balancer = host("balancer", 0xaa, "195.30.70.10", "2001:db8:70::10");
      for (int i = 0; i < serverCount; i++) {
        int suffix = FIRST_SERVER_ADDRESS + i;
        servers.add(
            host(
                "server" + (i + 1),
                FIRST_SERVER_MAC + i,
                "195.30.70." + suffix,
                "2001:db8:70::" + suffix));
      }
      success = true;
    } finally {
      if (!success) {
        closeNamespaces();
      }
    }
  }

  /** Returns a builder of a lab of two servers. */
  public static LabBuilder builder() {
    return new LabBuilder();
  }

  /** Returns the client behind the router. */
  public Host client() {
    return client;
  }

  /** Returns the router, with its interface on the segment. */
  public Host router() {
    return router;
  }

  /** Returns the balancer's host. */
  public Host balancer() {
    return balancer;
  }

  /** Returns the servers, {@code server1} first. */
  public List<Host> servers() {
    return List.copyOf(servers);
  }

  /** Returns the client on the segment itself, if there is one. */
  public Optional<Host> localClient() {
    return localClient;
  }

  /** Returns the switch: a namespace with a bridge, whose ports have the hosts' names. */
  public NetworkNamespace segment() {
    return segment;
  }

  /** Takes everything down, except what still has sockets open in it. */
  @Override
  public void close() {
    closeNamespaces();
  }

  List<Host> onSegment() {
    var hosts = new ArrayList<Host>(List.of(router, balancer));
    hosts.addAll(servers);
    localClient.ifPresent(hosts::add);
    return hosts;
  }

  void addLocalClient() throws IOException {
    localClient = Optional.of(host("localclient", 0xc2, "195.30.70.50", "2001:db8:70::50"));
  }

  private Host host(String name, long mac, String ipv4, String ipv6) throws IOException {
    return new Host(
        namespace(name),
        "seg0",
        new MacAddress(mac),
        InetAddress.ofLiteral(ipv4),
        InetAddress.ofLiteral(ipv6));
  }

  private NetworkNamespace namespace(String label) throws IOException {
    NetworkNamespace namespace = NetworkNamespace.create(label);
    namespaces.add(namespace);
    return namespace;
  }

  private void closeNamespaces() {
    namespaces.forEach(NetworkNamespace::close);
  }
}
