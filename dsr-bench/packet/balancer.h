/* The table that the in-kernel balancers and the C forwarder share, and how they hash into it. */
#ifndef DSR_BENCH_BALANCER_H
#define DSR_BENCH_BALANCER_H

#include <linux/types.h>

#include "wire.h"

/* A power of two, so that a mask will do; filled as Maglev fills it. */
#define TABLE_SIZE 65536
#define TABLE_MASK (TABLE_SIZE - 1)

struct settings {
  __u32 in;
  __u32 out;
  __u8 mac[6]; /* of the balancer's interface towards the servers */
  __u8 unused[2];
  __u16 table[TABLE_SIZE];
};

static inline __attribute__((always_inline)) __u32 mixed(__u32 hash) {
  hash ^= hash >> 16;
  hash *= 0x85ebca6b;
  hash ^= hash >> 13;
  hash *= 0xc2b2ae35;
  return hash ^ hash >> 16;
}

/* Hashes source, folded to 32 bits, and both ports. */
static inline __attribute__((always_inline)) __u32 flow_hash(__u32 source, __u32 ports) {
  return mixed(source * 0x9e3779b1 ^ mixed(ports));
}

static inline __attribute__((always_inline)) void write_macs(__u8 *frame, const __u8 *own,
                                                             __u32 server) {
  frame[0] = SERVER_MAC_PREFIX >> 24;
  frame[1] = SERVER_MAC_PREFIX >> 16 & 0xff;
  frame[2] = SERVER_MAC_PREFIX >> 8 & 0xff;
  frame[3] = SERVER_MAC_PREFIX & 0xff;
  frame[4] = server >> 8;
  frame[5] = server;
  __builtin_memcpy(frame + 6, own, 6);
}

#endif
