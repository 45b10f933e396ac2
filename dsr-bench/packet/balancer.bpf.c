/* Direct-server-return balancing in the kernel: XDP without state, XDP with flows, tc. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "balancer.h"

struct settings settings;

struct flow {
  __u32 source;
  __u32 ports;
};

struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, 1 << 20);
  __type(key, struct flow);
  __type(value, __u32);
} flows SEC(".maps");

struct headers4 {
  struct ethhdr ethernet;
  struct iphdr ip;
  __be16 ports[2];
} __attribute__((packed));

struct headers6 {
  struct ethhdr ethernet;
  struct ipv6hdr ip;
  __be16 ports[2];
} __attribute__((packed));

/* Tells whether the frame is a datagram for the service, and which flow's. */
static __always_inline int classify(void *data, void *end, struct flow *flow) {
  struct headers4 *four = data;
  if ((void *)(four + 1) > end) {
    return 0;
  }
  if (four->ethernet.h_proto == bpf_htons(ETH_P_IP)) {
    flow->source = four->ip.saddr;
    flow->ports = four->ports[0] | (__u32)four->ports[1] << 16;
    return four->ip.daddr == bpf_htonl(VIP4) && four->ip.protocol == IPPROTO_UDP &&
           four->ip.ihl == 5 && !(four->ip.frag_off & bpf_htons(0x3fff)) &&
           four->ports[1] == bpf_htons(SERVICE_PORT);
  }
  struct headers6 *six = data;
  if (four->ethernet.h_proto != bpf_htons(ETH_P_IPV6) || (void *)(six + 1) > end) {
    return 0;
  }
  __be32 *source = six->ip.saddr.in6_u.u6_addr32;
  __be32 *target = six->ip.daddr.in6_u.u6_addr32;
  flow->source = source[0] ^ source[1] ^ source[2] ^ source[3];
  flow->ports = six->ports[0] | (__u32)six->ports[1] << 16;
  return target[0] == bpf_htonl(SEGMENT6_0) && target[1] == bpf_htonl(SEGMENT6_1) &&
         target[2] == 0 && target[3] == bpf_htonl(VIP6_3) && six->ip.nexthdr == IPPROTO_UDP &&
         six->ports[1] == bpf_htons(SERVICE_PORT);
}

static __always_inline __u32 place(struct flow *flow) {
  return settings.table[flow_hash(flow->source, flow->ports) & TABLE_MASK];
}

static __always_inline int leave(void) {
  return settings.in == settings.out ? XDP_TX : bpf_redirect(settings.out, 0);
}

SEC("xdp")
int xdp_stateless(struct xdp_md *context) {
  void *data = (void *)(long)context->data;
  void *end = (void *)(long)context->data_end;
  struct flow flow;
  if (!classify(data, end, &flow)) {
    return XDP_PASS;
  }
  write_macs(data, settings.mac, place(&flow));
  return leave();
}

SEC("xdp")
int xdp_flows(struct xdp_md *context) {
  void *data = (void *)(long)context->data;
  void *end = (void *)(long)context->data_end;
  struct flow flow;
  if (!classify(data, end, &flow)) {
    return XDP_PASS;
  }
  __u32 *known = bpf_map_lookup_elem(&flows, &flow);
  __u32 server;
  if (known) {
    server = *known;
  } else {
    server = place(&flow);
    bpf_map_update_elem(&flows, &flow, &server, BPF_ANY);
  }
  write_macs(data, settings.mac, server);
  return leave();
}

SEC("tc")
int tc_stateless(struct __sk_buff *skb) {
  void *data = (void *)(long)skb->data;
  void *end = (void *)(long)skb->data_end;
  struct flow flow;
  if (!classify(data, end, &flow)) {
    return TC_ACT_OK;
  }
  write_macs(data, settings.mac, place(&flow));
  return bpf_redirect(settings.out, 0);
}

/* Takes what the forwarder's tap has had already, so that the host's stack does not. */
SEC("tc")
int tc_silence(struct __sk_buff *skb) {
  void *data = (void *)(long)skb->data;
  void *end = (void *)(long)skb->data_end;
  struct flow flow;
  return classify(data, end, &flow) ? TC_ACT_SHOT : TC_ACT_OK;
}

char _license[] SEC("license") = "GPL";
