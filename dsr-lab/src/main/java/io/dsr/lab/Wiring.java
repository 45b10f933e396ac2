package io.dsr.lab;

import io.dsr.lab.LabBuilder.MulticastSnooping;
import io.dsr.linux.namespace.NetworkNamespace;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Gives a lab's namespaces their interfaces, addresses, routes and settings. */
final class Wiring {

  private static final Duration DEADLINE = Duration.ofSeconds(10);
  private static final int PROBE_MILLISECONDS = 500;

  private final Lab lab;
  private final LabBuilder plan;

  Wiring(Lab lab, LabBuilder plan) {
    this.lab = lab;
    this.plan = plan;
  }

  void build() throws IOException {
    if (plan.localClient) {
      lab.addLocalClient();
    }
    setSysctls();
    connect();
    for (Host host : lab.onSegment()) {
      IpCommand.batch(host.namespace(), segmentHost(host));
    }
    IpCommand.batch(lab.router().namespace(), clientsSide());
    IpCommand.batch(lab.client().namespace(), client());
    awaitReady();
  }

  /** Before there is an interface: a new one begins with the defaults. */
  private void setSysctls() throws IOException {
    for (Host host : lab.onSegment()) {
      set(host.namespace(), settings());
    }
    set(lab.client().namespace(), settings());
    set(lab.segment(), settings());
    set(lab.router().namespace(), forwarding());
    if (plan.ipForward) {
      set(lab.balancer().namespace(), forwarding());
    }
    for (Host server : lab.servers()) {
      set(server.namespace(), arpSilence());
    }
  }

  private static Map<String, String> settings() {
    var settings = new LinkedHashMap<String, String>();
    for (String scope : List.of("all", "default")) {
      settings.put("ipv4/conf/" + scope + "/rp_filter", "0");
      settings.put("ipv6/conf/" + scope + "/accept_dad", "0");
      settings.put("ipv6/conf/" + scope + "/accept_ra", "0");
      settings.put("ipv6/conf/" + scope + "/disable_ipv6", "0");
    }
    return settings;
  }

  private static Map<String, String> forwarding() {
    return Map.of("ipv4/ip_forward", "1", "ipv6/conf/all/forwarding", "1");
  }

  private static Map<String, String> arpSilence() {
    var settings = new LinkedHashMap<String, String>();
    for (String scope : List.of("all", "default")) {
      settings.put("ipv4/conf/" + scope + "/arp_ignore", "1");
      settings.put("ipv4/conf/" + scope + "/arp_announce", "2");
    }
    return settings;
  }

  private static void set(NetworkNamespace namespace, Map<String, String> settings)
      throws IOException {
    namespace.run(() -> {
      for (Map.Entry<String, String> setting : settings.entrySet()) {
        Files.writeString(Path.of("/proc/sys/net", setting.getKey()), setting.getValue());
      }
    });
  }

  private void connect() throws IOException {
    var lines = new ArrayList<String>();
    lines.add("link set dev lo up");
    lines.add("link add name br0 type bridge forward_delay 0 " + multicast(plan.snooping));
    lines.add("link set dev br0 up");
    for (Host host : lab.onSegment()) {
      String port = host.name();
      lines.add(
          "link add name %s type veth peer name %s address %s netns %s"
              .formatted(port, host.networkInterface(), host.mac(), host.namespace().path()));
      lines.add("link set dev " + port + " master br0 up");
    }
    IpCommand.batch(lab.segment(), lines);
  }

  private static String multicast(MulticastSnooping snooping) {
    return switch (snooping) {
      case OFF -> "mcast_snooping 0";
      case WITHOUT_QUERIER -> "mcast_snooping 1 mcast_querier 0";
      // In hundredths of a second: reports within one, so that snooping begins then.
      case WITH_QUERIER ->
          "mcast_snooping 1 mcast_querier 1 mcast_query_response_interval 100"
              + " mcast_startup_query_interval 100";
    };
  }

  private List<String> segmentHost(Host host) {
    String device = " dev " + host.networkInterface();
    var lines = new ArrayList<String>();
    lines.add("link set dev lo up");
    lines.add("link set" + device + " up");
    lines.add("addr add " + text(host.ipv4()) + "/24" + device);
    lines.add("addr add " + text(host.ipv6()) + "/64" + device + " nodad");
    if (!host.equals(lab.router())) {
      lines.add("route add 0.0.0.0/0 via " + text(Lab.ROUTER));
      lines.add("route add ::/0 via " + text(Lab.ROUTER6));
    }
    if (lab.servers().contains(host)) {
      lines.add("addr add " + text(Lab.VIP) + "/32 dev lo");
      lines.add("addr add " + text(Lab.VIP6) + "/128 dev lo nodad");
    }
    return lines;
  }

  private List<String> clientsSide() {
    Host client = lab.client();
    String device = " dev " + Lab.CLIENTS_INTERFACE;
    var lines = new ArrayList<String>();
    lines.add(
        "link add name %s type veth peer name %s address %s netns %s"
            .formatted(
                Lab.CLIENTS_INTERFACE,
                client.networkInterface(),
                client.mac(),
                client.namespace().path()));
    lines.add("link set" + device + " up");
    lines.add("addr add " + Lab.CLIENTS_ROUTER + "/24" + device);
    lines.add("addr add " + Lab.CLIENTS_ROUTER6 + "/64" + device + " nodad");
    // A locked route, and not the interface's MTU: that would drop what the client sends.
    String mtu = device + " mtu lock " + plan.clientPathMtu;
    lines.add("route add " + text(client.ipv4()) + "/32" + mtu);
    lines.add("route add " + text(client.ipv6()) + "/128" + mtu);
    return lines;
  }

  private List<String> client() {
    Host client = lab.client();
    String device = " dev " + client.networkInterface();
    return List.of(
        "link set dev lo up",
        "link set" + device + " up",
        "addr add " + text(client.ipv4()) + "/24" + device,
        "addr add " + text(client.ipv6()) + "/64" + device + " nodad",
        "route add 0.0.0.0/0 via " + Lab.CLIENTS_ROUTER,
        "route add ::/0 via " + Lab.CLIENTS_ROUTER6);
  }

  private void awaitReady() throws IOException {
    long deadline = System.nanoTime() + DEADLINE.toNanos();
    for (Host host : lab.onSegment()) {
      awaitReachable(host.ipv4(), deadline);
      awaitReachable(host.ipv6(), deadline);
    }
    awaitReachable(lab.client().ipv4(), deadline);
    awaitReachable(lab.client().ipv6(), deadline);
  }

  private void awaitReachable(InetAddress address, long deadline) throws IOException {
    NetworkNamespace router = lab.router().namespace();
    while (!router.call(() -> address.isReachable(PROBE_MILLISECONDS))) {
      if (System.nanoTime() - deadline > 0) {
        throw new IOException("lab: the router cannot reach " + text(address));
      }
    }
  }

  private static String text(InetAddress address) {
    return address.getHostAddress();
  }
}
