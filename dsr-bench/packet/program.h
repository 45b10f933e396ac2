/* How the loaders get at an object file, its programs and its variables. */
#ifndef DSR_BENCH_PROGRAM_H
#define DSR_BENCH_PROGRAM_H

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <signal.h>
#include <unistd.h>

#include <linux/types.h>

static inline void fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fputc('\n', stderr);
  exit(1);
}

static inline struct bpf_object *load_object(const char *directory, const char *file) {
  char path[4096];
  libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
  snprintf(path, sizeof path, "%s/%s", directory, file);
  struct bpf_object *object = bpf_object__open_file(path, NULL);
  if (!object || bpf_object__load(object)) {
    fail("%s: %s", path, strerror(errno));
  }
  return object;
}

static inline int program_fd(struct bpf_object *object, const char *name) {
  struct bpf_program *program = bpf_object__find_program_by_name(object, name);
  if (!program) {
    fail("no program %s", name);
  }
  return bpf_program__fd(program);
}

/* Maps the variables that begin as zero: what the program writes is seen at once. */
static inline void *variables(struct bpf_object *object) {
  struct bpf_map *map = bpf_object__find_map_by_name(object, ".bss");
  if (!map) {
    fail("an object without .bss");
  }
  long page = sysconf(_SC_PAGESIZE);
  size_t size = (bpf_map__value_size(map) + page - 1) / page * page;
  void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);
  if (memory == MAP_FAILED) {
    fail("mmap of .bss: %s", strerror(errno));
  }
  return memory;
}

static inline unsigned interface_index(const char *name) {
  unsigned index = if_nametoindex(name);
  if (!index) {
    fail("%s: %s", name, strerror(errno));
  }
  return index;
}

static inline void hardware_address(const char *name, __u8 *mac) {
  struct ifreq request = {0};
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name);
  if (ioctl(fd, SIOCGIFHWADDR, &request)) {
    fail("%s: %s", name, strerror(errno));
  }
  memcpy(mac, request.ifr_hwaddr.sa_data, 6);
  close(fd);
}

/* The link ends with this process. */
static inline void attach_xdp(int program, const char *interface) {
  LIBBPF_OPTS(bpf_link_create_opts, native, .flags = XDP_FLAGS_DRV_MODE);
  if (bpf_link_create(program, interface_index(interface), BPF_XDP, &native) < 0) {
    fail("%s: XDP: %s", interface, strerror(errno));
  }
}

/* The filter ends with the interface. */
static inline void attach_tc(int program, const char *interface) {
  LIBBPF_OPTS(bpf_tc_hook, hook, .attach_point = BPF_TC_INGRESS);
  LIBBPF_OPTS(bpf_tc_opts, options, .handle = 1, .priority = 1, .prog_fd = program);
  hook.ifindex = interface_index(interface);
  int error = bpf_tc_hook_create(&hook);
  if ((error && error != -EEXIST) || bpf_tc_attach(&hook, &options)) {
    fail("%s: tc: %s", interface, strerror(errno));
  }
}

static inline void die_with_parent(void) { prctl(PR_SET_PDEATHSIG, SIGKILL); }

static inline void say_ready(void) {
  puts("ready");
  fflush(stdout);
}

#endif
