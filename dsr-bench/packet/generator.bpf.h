/* Makes one probe of each frame of BPF_PROG_TEST_RUN and redirects it into the client's interface. */

#define MILLISECOND 1000000ull
#define PATIENCE (10 * MILLISECOND)

struct headers4 {
  struct ethhdr ethernet;
  struct iphdr ip;
  struct udphdr udp;
  struct probe probe;
} __attribute__((packed));

struct headers6 {
  struct ethhdr ethernet;
  struct ipv6hdr ip;
  struct udphdr udp;
  struct probe probe;
} __attribute__((packed));

static __always_inline int is_due(__u64 now) {
  if (now < segment.generator.next) {
    return 0;
  }
  segment.generator.next += segment.generator.interval;
  if (now > segment.generator.next + MILLISECOND) {
    segment.generator.next = now + segment.generator.interval;
    segment.generator.late++;
  }
  return 1;
}

/* Keeps at most `window` frames under way; those that have not come for long are given up. */
static __always_inline int has_room(__u64 now) {
  __u64 delivered = segment.sink.delivered;
  if (delivered != segment.generator.seen) {
    segment.generator.seen = delivered;
    segment.generator.heard = now;
  }
  if (segment.generator.sent - delivered - segment.generator.forgiven < segment.generator.window) {
    return 1;
  }
  if (now - segment.generator.heard > PATIENCE) {
    segment.generator.forgiven = segment.generator.sent - delivered;
    segment.generator.heard = now;
  }
  return 0;
}

static __always_inline __u16 checksum(__u32 sum) {
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return ~sum;
}

static __always_inline void write_probe(struct probe *probe, __u32 sequence, __u16 flow, __u64 now) {
  probe->magic = PROBE_MAGIC;
  probe->sequence = sequence;
  probe->flow = flow;
  probe->time = now;
}

SEC("xdp")
int generate(struct xdp_md *context) {
  void *data = (void *)(long)context->data;
  void *end = (void *)(long)context->data_end;
  __u64 now = 0;
  if (segment.generator.interval || segment.generator.timed || segment.generator.window) {
    now = bpf_ktime_get_ns();
  }
  if (segment.generator.interval && !is_due(now)) {
    return XDP_DROP;
  }
  if (segment.generator.window && !has_room(now)) {
    return XDP_DROP;
  }
  __u32 sequence = ++segment.generator.sequence;
  /* An odd factor visits every flow, and neighbours are far apart. */
  __u16 flow = (sequence * 2654435769u >> 7) & segment.generator.flow_mask;
  __u64 time = segment.generator.timed ? now : 0;
  if (segment.generator.ipv6) {
    struct headers6 *frame = data;
    if ((void *)(frame + 1) > end) {
      return XDP_ABORTED;
    }
    __builtin_memcpy(data, segment.generator.macs, 12);
    frame->ip.saddr.s6_addr32[3] = bpf_htonl(flow + 1);
    frame->udp.source = bpf_htons(FIRST_SOURCE_PORT + flow % 50000);
    write_probe(&frame->probe, sequence, flow, time);
  } else {
    struct headers4 *frame = data;
    if ((void *)(frame + 1) > end) {
      return XDP_ABORTED;
    }
    __u32 source = CLIENT4 + 1 + flow;
    __builtin_memcpy(data, segment.generator.macs, 12);
    frame->ip.saddr = bpf_htonl(source);
    frame->ip.check = bpf_htons(checksum(segment.generator.header_sum + (source >> 16) + (source & 0xffff)));
    frame->udp.source = bpf_htons(FIRST_SOURCE_PORT + flow % 50000);
    write_probe(&frame->probe, sequence, flow, time);
  }
  segment.generator.sent++;
  return bpf_redirect(segment.generator.interface, 0);
}
