/* struct sched_attr of sched_setattr(2), which C libraries had no header for until lately. */
#pragma once
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

struct sched_attributes {
  uint32_t size, policy;
  uint64_t flags;
  int32_t nice;
  uint32_t priority;
  uint64_t runtime; /* of the normal policy: the time slice, nanoseconds, since Linux 6.12 */
  uint64_t deadline, period;
};

/* These return 0, or -1 with errno set; thread 0 is the calling one. */

static inline long get_scheduling(pid_t thread, struct sched_attributes *attributes) {
  return syscall(SYS_sched_getattr, thread, attributes, sizeof *attributes, 0);
}

static inline long set_scheduling(pid_t thread, struct sched_attributes attributes) {
  attributes.size = sizeof attributes;
  return syscall(SYS_sched_setattr, thread, &attributes, 0);
}
