/* The far end of the segment: counts probes by server and drops them; answers for the servers. */

#define ARPOP_REQUEST 1
#define ARPOP_REPLY 2
#define NEIGHBOUR_SOLICITATION 135
#define NEIGHBOUR_ADVERTISEMENT 136
#define SOLICITED_OVERRIDE 0x60
#define TARGET_LINK_ADDRESS 2

struct arp {
  struct ethhdr ethernet;
  __be16 hardware, protocol;
  __u8 hardware_length, protocol_length;
  __be16 operation;
  __u8 sender_mac[6];
  __be32 sender;
  __u8 target_mac[6];
  __be32 target;
} __attribute__((packed));

/* A solicitation with its source link-layer address option, as a resolver sends it. */
struct solicitation {
  struct ethhdr ethernet;
  struct ipv6hdr ip;
  __u8 type, code;
  __be16 checksum;
  __u8 flags, reserved[3];
  __be32 target[4];
  __u8 option, option_length, link_address[6];
} __attribute__((packed));

static __always_inline void server_mac(__u8 *mac, __u32 server) {
  mac[0] = SERVER_MAC_PREFIX >> 24;
  mac[1] = SERVER_MAC_PREFIX >> 16 & 0xff;
  mac[2] = 0;
  mac[3] = 0;
  mac[4] = server >> 8;
  mac[5] = server;
}

/* Gives the MAC that belongs to the last 32 bits of an address, or returns 0. */
static __always_inline int resolve(__u8 *mac, __u32 address, __u32 first, __u32 gateway) {
  if (address == gateway) {
    __builtin_memcpy(mac, segment.sink.gateway, 6);
    return 1;
  }
  if (address < first || address >= first + MAXIMUM_SERVERS) {
    return 0;
  }
  server_mac(mac, address - first);
  return 1;
}

/*
 * Not XDP_TX: a veth wakes its peer for that only if the peer has an XDP program, and answers would
 * wait there for the next frame of the generator.
 */
static __always_inline int back(struct xdp_md *context) {
  return bpf_redirect(context->ingress_ifindex, 0);
}

static __always_inline int answer_arp(struct xdp_md *context, void *data, void *end) {
  struct arp *arp = data;
  __u8 mac[6];
  if ((void *)(arp + 1) > end || arp->operation != bpf_htons(ARPOP_REQUEST) ||
      arp->target == arp->sender ||
      !resolve(mac, bpf_ntohl(arp->target), SERVER4, GATEWAY4)) {
    segment.sink.other++;
    return XDP_DROP;
  }
  __be32 target = arp->target;
  __builtin_memcpy(arp->ethernet.h_dest, arp->ethernet.h_source, 6);
  __builtin_memcpy(arp->ethernet.h_source, mac, 6);
  __builtin_memcpy(arp->target_mac, arp->sender_mac, 6);
  arp->target = arp->sender;
  __builtin_memcpy(arp->sender_mac, mac, 6);
  arp->sender = target;
  arp->operation = bpf_htons(ARPOP_REPLY);
  segment.sink.answered++;
  return back(context);
}

static __always_inline __u16 icmp_checksum(struct solicitation *frame) {
  __u32 sum = bpf_htons(IPPROTO_ICMPV6) + frame->ip.payload_len;
  __u16 *word = (void *)frame + sizeof(struct ethhdr) + offsetof(struct ipv6hdr, saddr);
#pragma unroll
  for (int i = 0; i < 32; i++) { /* both addresses, and the message of 32 bytes */
    sum += word[i];
  }
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return ~sum;
}

static __always_inline int answer_solicitation(struct xdp_md *context, void *data, void *end) {
  struct solicitation *frame = data;
  __u8 mac[6];
  if ((void *)(frame + 1) > end || frame->ip.nexthdr != IPPROTO_ICMPV6 ||
      frame->type != NEIGHBOUR_SOLICITATION || frame->ip.payload_len != bpf_htons(32) ||
      !resolve(mac, bpf_ntohl(frame->target[3]), SERVER6_3, GATEWAY6_3)) {
    segment.sink.other++;
    return XDP_DROP;
  }
  __builtin_memcpy(frame->ethernet.h_dest, frame->ethernet.h_source, 6);
  __builtin_memcpy(frame->ethernet.h_source, mac, 6);
  frame->ip.daddr = frame->ip.saddr;
  __builtin_memcpy(&frame->ip.saddr, frame->target, 16);
  frame->type = NEIGHBOUR_ADVERTISEMENT;
  frame->flags = SOLICITED_OVERRIDE;
  frame->option = TARGET_LINK_ADDRESS;
  __builtin_memcpy(frame->link_address, mac, 6);
  frame->checksum = 0;
  frame->checksum = icmp_checksum(frame);
  segment.sink.answered++;
  return back(context);
}

static __always_inline __u32 logarithm(__u64 value) {
  __u32 result = 0;
#pragma unroll
  for (int shift = 32; shift; shift >>= 1) {
    if (value >> shift) {
      value >>= shift;
      result += shift;
    }
  }
  return result;
}

static __always_inline __u64 bucket(__u64 nanoseconds) {
  if (nanoseconds < SUB_BUCKETS) {
    return nanoseconds;
  }
  __u64 power = logarithm(nanoseconds) - SUB_BITS;
  __u64 index = (power << SUB_BITS) + (nanoseconds >> power);
  asm volatile("" : "+r"(index)); /* keeps the mask, which the verifier wants to see */
  return index & (LATENCY_BUCKETS - 1);
}

static __always_inline void count(struct ethhdr *ethernet, struct probe *probe) {
  __u32 prefix = ethernet->h_dest[0] << 24 | ethernet->h_dest[1] << 16 | ethernet->h_dest[2] << 8 |
                 ethernet->h_dest[3];
  __u32 server = ethernet->h_dest[4] << 8 | ethernet->h_dest[5];
  if (prefix != SERVER_MAC_PREFIX || server >= MAXIMUM_SERVERS) {
    segment.sink.stray++;
    return;
  }
  segment.sink.delivered++;
  segment.sink.servers[server]++;
  if (probe->time) {
    segment.sink.latency[bucket(bpf_ktime_get_ns() - probe->time)]++;
  }
  __u32 *newest = &segment.sink.newest[probe->flow & (MAXIMUM_FLOWS - 1)];
  if ((__s32)(probe->sequence - *newest) < 0) {
    segment.sink.reordered++;
  } else {
    *newest = probe->sequence;
  }
}

SEC("xdp")
int far_end(struct xdp_md *context) {
  void *data = (void *)(long)context->data;
  void *end = (void *)(long)context->data_end;
  struct ethhdr *ethernet = data;
  if ((void *)(ethernet + 1) > end) {
    return XDP_DROP;
  }
  struct probe *probe;
  if (ethernet->h_proto == bpf_htons(ETH_P_IP)) {
    probe = data + sizeof(struct ethhdr) + sizeof(struct iphdr) + sizeof(struct udphdr);
  } else if (ethernet->h_proto == bpf_htons(ETH_P_IPV6)) {
    probe = data + sizeof(struct ethhdr) + sizeof(struct ipv6hdr) + sizeof(struct udphdr);
  } else if (ethernet->h_proto == bpf_htons(ETH_P_ARP)) {
    return answer_arp(context, data, end);
  } else {
    segment.sink.other++;
    return XDP_DROP;
  }
  if ((void *)(probe + 1) <= end && probe->magic == PROBE_MAGIC) {
    segment.sink.bytes += end - data;
    count(ethernet, probe);
    return XDP_DROP;
  }
  if (ethernet->h_proto == bpf_htons(ETH_P_IPV6)) {
    return answer_solicitation(context, data, end);
  }
  segment.sink.other++;
  return XDP_DROP;
}
