package io.dsr.linux.suppression;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Client - host - server, each in a namespace, where the host's kernel has every reason to speak
 * about the VIPs: it proxies 10.1.0.100 and fd01::100 to the server's side, owns 10.1.0.101 and
 * fd01::101, and would send 10.1.0.102 back out of the interface it came in by.
 */
final class Segment implements AutoCloseable {

  static final String PROXIED = "10.1.0.100";
  static final String OWNED = "10.1.0.101";
  static final String HAIRPIN = "10.1.0.102";
  static final String PROXIED6 = "fd01::100";
  static final String OWNED6 = "fd01::101";

  /** All of them in two networks, which hold no address that the fences need. */
  static final Set<String> NETWORKS = Set.of("10.1.0.96/28", "fd01::100/120");

  static final Set<String> VIPS = Set.of(PROXIED, OWNED, HAIRPIN, PROXIED6, OWNED6);

  private static final String HOST_SETUP =
      """
      ip link set lo up
      ip address add 10.1.0.1/24 dev eth0
      ip address add 10.2.0.1/24 dev eth1
      ip address add fd01::1/64 dev eth0 nodad
      ip address add fd02::1/64 dev eth1 nodad
      ip address add 10.1.0.101/32 dev lo
      ip address add fd01::101/128 dev lo nodad
      ip neighbour add 10.1.0.9 lladdr 02:00:00:00:00:01 dev eth0
      ip neighbour add fd01::9 lladdr 02:00:00:00:00:01 dev eth0
      ip neighbour add 10.1.0.102 lladdr 02:00:00:00:00:05 dev eth0
      ip neighbour add 10.2.0.2 lladdr 02:00:00:00:00:04 dev eth1
      ip neighbour add fd02::2 lladdr 02:00:00:00:00:04 dev eth1
      ip route add 10.1.0.100/32 via 10.2.0.2
      ip route add fd01::100/128 via fd02::2
      sysctl -q net.ipv4.ip_forward=1
      sysctl -q net.ipv6.conf.all.forwarding=1
      sysctl -q net.ipv4.conf.eth0.proxy_arp=1
      sysctl -q net.ipv6.conf.eth0.proxy_ndp=1
      sysctl -q net.ipv4.neigh.eth0.proxy_delay=0
      sysctl -q net.ipv6.neigh.eth0.proxy_delay=0
      sysctl -q net.ipv4.icmp_ratelimit=0
      sysctl -q net.ipv6.icmp.ratelimit=0
      ip neighbour add proxy fd01::100 dev eth0
      """;

  final OwnNamespace client = new OwnNamespace();
  final OwnNamespace host = new OwnNamespace();
  final OwnNamespace server = new OwnNamespace();
  private final PacketTap clientTap;
  private final PacketTap hostTap;
  private final PacketTap serverTap;

  Segment() throws Exception {
    join("eth0", "02:00:00:00:00:02", client, "02:00:00:00:00:01");
    join("eth1", "02:00:00:00:00:03", server, "02:00:00:00:00:04");
    for (String line : HOST_SETUP.lines().toList()) {
      host.run(line);
    }
    clientTap = client.call(() -> new PacketTap("eth0"));
    hostTap = host.call(() -> new PacketTap("eth0"));
    serverTap = server.call(() -> new PacketTap("eth0"));
  }

  private void join(String name, String mac, OwnNamespace peer, String peerMac) throws Exception {
    host.run(
        "ip link add name %s address %s type veth peer name eth0 address %s netns %s"
            .formatted(name, mac, peerMac, peer.path()));
    host.run("ip link set " + name + " up");
    peer.run("sysctl -q net.ipv6.conf.all.disable_ipv6=1");
    peer.run("ip link set eth0 up");
  }

  /** Returns what a client would send to get each kind of answer. */
  static List<byte[]> probes() {
    List<byte[]> probes = new ArrayList<>();
    for (String forwarded : List.of(PROXIED, PROXIED6)) {
      probes.add(ProbeFrames.sctp(forwarded));
      probes.add(ProbeFrames.gre(forwarded));
      probes.addAll(ProbeFrames.fragments(forwarded, 55));
    }
    for (String owned : List.of(OWNED, OWNED6)) {
      probes.add(ProbeFrames.experimental(owned));
      probes.addAll(ProbeFrames.fragments(owned, 10));
    }
    probes.addAll(commonProbes());
    return probes;
  }

  private static List<byte[]> commonProbes() {
    return List.of(
        ProbeFrames.arpRequest(PROXIED),
        ProbeFrames.udp(PROXIED, 53),
        ProbeFrames.tagged(ProbeFrames.udp(PROXIED, 54)),
        ProbeFrames.arpRequest(OWNED),
        ProbeFrames.tcpSyn(OWNED),
        ProbeFrames.udp(OWNED, 9),
        ProbeFrames.echo(OWNED),
        ProbeFrames.udp(HAIRPIN, 53),
        ProbeFrames.neighbourSolicitation(PROXIED6),
        ProbeFrames.udp(PROXIED6, 53),
        ProbeFrames.tcpSyn(OWNED6),
        ProbeFrames.echo(OWNED6));
  }

  private static final short GRE_PROTOCOL = (short) 0x880b;

  private static final short SECOND_FRAGMENT = 0x6364;

  /**
   * What the kernel says to {@link #probes} if nothing stops it; 5 is a redirect, 3 unreachable.
   */
  static final Set<String> SPEECH =
      Set.of(
          "arp 10.1.0.100",
          "forward 10.1.0.100 53",
          "forward 10.1.0.100 54",
          "arp 10.1.0.101",
          "reset 10.1.0.101",
          "icmp 3 10.1.0.101 of 17 9",
          "icmp 3 10.1.0.101 of 17 10",
          "icmp 3 10.1.0.101 of 253 7",
          "forward 10.1.0.100 80",
          "forward 10.1.0.100 " + GRE_PROTOCOL,
          "forward 10.1.0.100 55",
          "forward 10.1.0.100 " + SECOND_FRAGMENT,
          "forward fd01::100 80",
          "forward fd01::100 " + GRE_PROTOCOL,
          "forward fd01::100 1",
          "forward fd01::100 8",
          "icmp6 1 fd01::101 of 17 10",
          "icmp6 4 fd01::101 of 253 7",
          "icmp 0 10.1.0.101",
          "forward 10.1.0.102 53",
          "icmp6 136 fd01::100",
          "forward fd01::100 53",
          "reset6 fd01::101",
          "icmp6 129 fd01::101");

  static final String REDIRECT = "icmp 5 10.1.0.1";

  /** What came of one round: the kernel's words on both sides, and what the host's tap saw. */
  record Round(Set<String> words, List<byte[]> tapped) {}

  /**
   * Sends every probe, then frames for other addresses, which must be answered and forwarded: as
   * they come last, so has everything that was to come.
   */
  Round round() throws IOException {
    for (byte[] probe : probes()) {
      clientTap.send(probe);
    }
    clientTap.send(ProbeFrames.udp("10.2.0.2", 7));
    clientTap.send(ProbeFrames.echo("10.1.0.1"));
    List<byte[]> heard =
        new ArrayList<>(serverTap.until(f -> ProbeFrames.describe(f).equals("forward 10.2.0.2 7")));
    heard.addAll(clientTap.until(f -> ProbeFrames.describe(f).equals("icmp 0 10.1.0.1")));
    Set<String> words = new TreeSet<>();
    heard.forEach(frame -> words.add(ProbeFrames.describe(frame)));
    words.remove("");
    return new Round(words, hostTap.until(f -> ProbeFrames.isEchoTo(f, "10.1.0.1")));
  }

  @Override
  public void close() {
    clientTap.close();
    hostTap.close();
    serverTap.close();
    client.close();
    server.close();
    host.close();
  }
}
