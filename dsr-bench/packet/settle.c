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
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

struct attributes { /* struct sched_attr of sched_setattr(2) */
  uint32_t size, policy;
  uint64_t flags;
  int32_t nice;
  uint32_t priority;
  uint64_t runtime, deadline, period;
};

int main(int count, char **arguments) {
  if (count < 4) {
    fprintf(stderr, "usage: settle CPU other|rr PRIORITY_OR_SLICE TID...\n");
    return 2;
  }
  int real_time = !strcmp(arguments[2], "rr"), failures = 0;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(atoi(arguments[1]), &set);
  struct attributes attributes = {.size = sizeof attributes};
  if (real_time) {
    attributes.policy = SCHED_RR;
    attributes.priority = atoi(arguments[3]);
  } else {
    attributes.runtime = atoll(arguments[3]) * 1000;
  }
  for (int i = 4; i < count; i++) {
    pid_t thread = atoi(arguments[i]);
    if (sched_setaffinity(thread, sizeof set, &set) ||
        syscall(SYS_sched_setattr, thread, &attributes, 0)) {
      fprintf(stderr, "%d: %s\n", thread, strerror(errno));
      failures++;
    }
  }
  return failures ? 1 : 0;
}
