package io.dsr.bench.packet;

import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The same balancing in the words of nftables and of nftlb. */
final class NetfilterRules {

  private NetfilterRules() {}

  /** Returns a ruleset for {@code nft -f}: one chain, one rule. */
  static String nft(String networkInterface, Options options) {
    String family = options.ipv6 ? "ip6" : "ip";
    String macs =
        IntStream.range(0, options.servers)
            .mapToObj(server -> server + " : " + Segment.serverMac(server))
            .collect(Collectors.joining(", "));
    return """
    table netdev bench {
      chain ingress {
        type filter hook ingress device "%s" priority 0; policy accept;
        %s daddr %s udp dport %d ether saddr set %s \
    ether daddr set jhash %s saddr . udp sport mod %d map { %s } fwd to "%s"
      }
    }
    """
        .formatted(
            networkInterface,
            family,
            Segment.vip(options.ipv6),
            Segment.PORT,
            TestBed.BALANCER_MAC,
            family,
            options.servers,
            macs,
            networkInterface);
  }

  /** Returns a farm in nftlb's JSON. */
  static String nftlb(Options options) {
    String servers =
        IntStream.range(0, options.servers)
            .mapToObj(server ->
                "{\"name\": \"s%d\", \"ip-addr\": \"%s\", \"ether-addr\": \"%s\","
                        .formatted(
                            server, Segment.server(server, options.ipv6), Segment.serverMac(server))
                    + " \"state\": \"up\"}")
            .collect(Collectors.joining(",\n    "));
    return """
    {"farms": [{"name": "bench", "family": "%s", "virtual-addr": "%s", "virtual-ports": "%d",
      "mode": "dsr", "protocol": "udp", "scheduler": "hash", "sched-param": "srcip srcport",
      "state": "up", "backends": [
        %s
      ]}]}
    """
        .formatted(
            options.ipv6 ? "ipv6" : "ipv4", Segment.vip(options.ipv6), Segment.PORT, servers);
  }
}
