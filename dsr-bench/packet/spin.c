/*
 * Counts for a while on one CPU and prints how far it came: what that CPU can do just now.
 *
 *   spin CPU MILLISECONDS
 */
#define _GNU_SOURCE
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ROUND 10000

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000ull + time.tv_nsec;
}

int main(int count, char **arguments) {
  if (count != 3) {
    fprintf(stderr, "usage: spin CPU MILLISECONDS\n");
    return 2;
  }
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(atoi(arguments[1]), &set);
  if (sched_setaffinity(0, sizeof set, &set)) {
    perror("sched_setaffinity");
    return 1;
  }
  uint64_t rounds = 0, value = 1, begin = now(), end = begin + atoll(arguments[2]) * 1000000ull;
  while (now() < end) {
    for (int i = 0; i < ROUND; i++) {
      value = value * 6364136223846793005ull + 1442695040888963407ull;
      __asm__ volatile("" : "+r"(value));
    }
    rounds++;
  }
  printf("%.0f\n", rounds * (double)ROUND * 1e9 / (now() - begin));
  return 0;
}
