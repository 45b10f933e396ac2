/* What generator, sink and balancers agree on: addresses of RFC 2544 / RFC 5180, MACs, the probe. */
#ifndef DSR_BENCH_WIRE_H
#define DSR_BENCH_WIRE_H

#include <linux/types.h>

/* MACs: 02:5e:00:00:HI:LO is server HI:LO, the others are the two ends of the segment. */
#define SERVER_MAC_PREFIX 0x025e0000u
#define MAXIMUM_SERVERS 1024
#define MAXIMUM_FLOWS 65536

/* 198.18.0.10 is the VIP, 198.18.16.0/22 the servers, 198.19.0.0/16 the clients (host order). */
#define VIP4 0xc612000au
#define SERVER4 0xc6121000u
#define CLIENT4 0xc6130000u
#define GATEWAY4 0xc6120001u

/* 2001:2:0:1::/64 is the segment: ::a is the VIP, ::1000:0 + n servers; 2001:2:0:2:: clients. */
#define SEGMENT6_0 0x20010002u
#define SEGMENT6_1 0x00000001u
#define CLIENTS6_1 0x00000002u
#define VIP6_3 0x0000000au
#define SERVER6_3 0x10000000u
#define GATEWAY6_3 0x00000001u

#define SERVICE_PORT 9
#define FIRST_SOURCE_PORT 1024

#define PROBE_MAGIC 0x64737231u

/* The payload of each frame: 18 bytes, so that an IPv4 frame with its checksum has 64. */
struct probe {
  __u32 magic;
  __u32 sequence;
  __u16 flow;
  __u64 time; /* nanoseconds of CLOCK_MONOTONIC; 0 if the frame is not timed */
} __attribute__((packed));

/* Latencies in buckets of 1/32 of a power of two: exact to 3 %. */
#define SUB_BITS 5
#define SUB_BUCKETS (1 << SUB_BITS)
#define LATENCY_BUCKETS (SUB_BUCKETS * 64)

/* The generator's settings and state. */
struct generator {
  __u64 interval;   /* nanoseconds from frame to frame; 0: as fast as it goes */
  __u64 next;       /* when the next frame is due */
  __u64 sent;       /* frames handed to the interface */
  __u64 window;     /* frames under way at most, or 0: any number */
  __u64 forgiven;   /* frames that are not waited for any more */
  __u64 seen;       /* what the sink had counted last */
  __u64 heard;      /* when that changed */
  __u64 late;       /* how often the pace was lost by more than a millisecond */
  __u32 interface;  /* where to */
  __u32 flow_mask;  /* flows - 1, a power of two */
  __u32 header_sum; /* of the IPv4 header without checksum and source address */
  __u32 ipv6;
  __u32 timed;      /* write the time into each frame */
  __u32 sequence;
  __u8 macs[12];    /* destination, source */
};

/* What the sink counts; all of it by the one CPU that polls the interface. */
struct sink {
  __u64 delivered;
  __u64 bytes;
  __u64 stray;      /* probes that no server's MAC is on */
  __u64 other;      /* neither probe nor answered */
  __u64 answered;   /* ARP and neighbour discovery */
  __u64 reordered;  /* probes older than one of the same flow */
  __u64 servers[MAXIMUM_SERVERS];
  __u64 latency[LATENCY_BUCKETS];
  __u32 newest[MAXIMUM_FLOWS];
  __u8 gateway[6];
};

struct segment {
  struct generator generator;
  struct sink sink __attribute__((aligned(64)));
};

#endif
