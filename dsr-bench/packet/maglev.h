/* The Maglev table (Eisenbud et al., NSDI 2016, 3.4) for a size that is a power of two. */
#ifndef DSR_BENCH_MAGLEV_H
#define DSR_BENCH_MAGLEV_H

#include <stdlib.h>
#include <string.h>

#include "balancer.h"

static void fill_table(__u16 *table, unsigned servers) {
  unsigned *offset = calloc(servers, sizeof *offset), *skip = calloc(servers, sizeof *skip);
  unsigned *next = calloc(servers, sizeof *next);
  memset(table, 0xff, TABLE_SIZE * sizeof *table);
  for (unsigned i = 0; i < servers; i++) {
    offset[i] = mixed(i + 1) & TABLE_MASK;
    skip[i] = (mixed(i + 0x10001) & TABLE_MASK) | 1; /* odd: visits every entry */
  }
  for (unsigned filled = 0; filled < TABLE_SIZE;) {
    for (unsigned i = 0; i < servers && filled < TABLE_SIZE; i++) {
      unsigned entry;
      do {
        entry = (offset[i] + skip[i] * next[i]++) & TABLE_MASK;
      } while (table[entry] != 0xffff);
      table[entry] = i;
      filled++;
    }
  }
  free(offset);
  free(skip);
  free(next);
}

#endif
