/*
 * Pins threads to a CPU and gives them a policy; kernel threads too.
 *
 *   settle CPU other|rr PRIORITY_OR_SLICE TID...
 *
 * With "other" the number is the time slice in microseconds (Linux 6.12; 0: the kernel's own).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sched_attributes.h"

int main(int count, char **arguments) {
  if (count < 4) {
    fprintf(stderr, "usage: settle CPU other|rr PRIORITY_OR_SLICE TID...\n");
    return 2;
  }
  int real_time = !strcmp(arguments[2], "rr"), failures = 0;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(atoi(arguments[1]), &set);
  struct sched_attributes attributes = {0};
  if (real_time) {
    attributes.policy = SCHED_RR;
    attributes.priority = atoi(arguments[3]);
  } else {
    attributes.runtime = atoll(arguments[3]) * 1000;
  }
  for (int i = 4; i < count; i++) {
    pid_t thread = atoi(arguments[i]);
    if (sched_setaffinity(thread, sizeof set, &set) ||
        set_scheduling(thread, attributes)) {
      fprintf(stderr, "%d: %s\n", thread, strerror(errno));
      failures++;
    }
  }
  return failures ? 1 : 0;
}
