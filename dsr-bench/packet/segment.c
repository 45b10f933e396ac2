/*
 * The two ends that a balancer stands between: the generator in the client's namespace, the sink on
 * the far interface. Driven by lines on the standard input, each answered by one line:
 *
 *   begin RATE BYTES FLOWS FAMILY TIMED WINDOW
 *                                         starts the generator; RATE 0 is full speed, WINDOW 0 is
 *                                         any number of frames under way
 *   read                                  prints the counters, all since the program began
 *   end                                   stops the generator
 *
 *   segment OBJECTS CPU CLIENT_NS CLIENT_IF FAR_NS FAR_IF BALANCER_MAC
 *
 * Ends with its standard input; the kernel then takes the programs away.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <inttypes.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <time.h>

#include "program.h"
#include "wire.h"

#define BURST 64 /* NAPI's budget: one poll of the balancer takes one batch of the generator */

static struct generator *generator;
static volatile struct sink *sink;
static int generate_fd;
static int cpu;
static unsigned char frame[ETH_FRAME_LEN];
static unsigned frame_bytes;
static __u8 macs[12];

static pthread_t runner;
static atomic_bool running;
static atomic_int run_error;

static void enter(const char *path) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0 || setns(fd, CLONE_NEWNET)) {
    fail("%s: %s", path, strerror(errno));
  }
  close(fd);
}

static __u32 sum_words(const void *data, size_t bytes) {
  const __u16 *word = data;
  __u32 sum = 0;
  for (size_t i = 0; i < bytes / 2; i++) {
    sum += ntohs(word[i]);
  }
  return sum;
}

static void make_ipv4(unsigned bytes) {
  struct iphdr *ip = (struct iphdr *)(frame + ETH_HLEN);
  struct udphdr *udp = (struct udphdr *)(ip + 1);
  unsigned short length = bytes - ETH_HLEN;
  *ip = (struct iphdr){
      .version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_UDP, .daddr = htonl(VIP4)};
  ip->tot_len = htons(length);
  generator->header_sum = sum_words(ip, sizeof *ip);
  udp->dest = htons(SERVICE_PORT);
  udp->len = htons(length - sizeof *ip);
}

static void make_ipv6(unsigned bytes) {
  struct ipv6hdr *ip = (struct ipv6hdr *)(frame + ETH_HLEN);
  struct udphdr *udp = (struct udphdr *)(ip + 1);
  unsigned short length = bytes - ETH_HLEN - sizeof *ip;
  *ip = (struct ipv6hdr){.version = 6, .hop_limit = 64, .nexthdr = IPPROTO_UDP};
  ip->payload_len = htons(length);
  ip->saddr.s6_addr32[0] = htonl(SEGMENT6_0);
  ip->saddr.s6_addr32[1] = htonl(CLIENTS6_1);
  ip->daddr.s6_addr32[0] = htonl(SEGMENT6_0);
  ip->daddr.s6_addr32[1] = htonl(SEGMENT6_1);
  ip->daddr.s6_addr32[3] = htonl(VIP6_3);
  udp->dest = htons(SERVICE_PORT);
  udp->len = htons(length);
  udp->check = 0xffff; /* nobody on the way looks; zero would be against RFC 8200 */
}

static void make_frame(unsigned bytes, int family) {
  memset(frame, 0, sizeof frame);
  memcpy(frame, macs, 12);
  ((struct ethhdr *)frame)->h_proto = htons(family == 6 ? ETH_P_IPV6 : ETH_P_IP);
  frame_bytes = bytes;
  if (family == 6) {
    make_ipv6(bytes);
  } else {
    make_ipv4(bytes);
  }
}

static void *run(void *unused) {
  (void)unused;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  pthread_setaffinity_np(pthread_self(), sizeof set, &set);
  prctl(PR_SET_NAME, "generator");
  struct xdp_md context = {.data_end = frame_bytes};
  while (atomic_load(&running)) {
    LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame, .data_size_in = frame_bytes,
                .ctx_in = &context, .ctx_size_in = sizeof context, .repeat = 1 << 30,
                .flags = BPF_F_TEST_XDP_LIVE_FRAMES,
                .batch_size = generator->interval ? 1 : BURST);
    int result = bpf_prog_test_run_opts(generate_fd, &options);
    if (result && errno != EINTR) {
      atomic_store(&run_error, errno);
      return NULL;
    }
  }
  return NULL;
}

static void begin(double rate, unsigned bytes, unsigned flows, int family, int timed,
                  unsigned window) {
  struct timespec now;
  unsigned least = ETH_HLEN + (family == 6 ? 40 : 20) + 8 + sizeof(struct probe);
  if (bytes < least || bytes > ETH_FRAME_LEN || flows & (flows - 1) || flows > MAXIMUM_FLOWS ||
      flows < 1) {
    fail("begin: %u bytes, %u flows", bytes, flows);
  }
  clock_gettime(CLOCK_MONOTONIC, &now);
  make_frame(bytes, family);
  generator->ipv6 = family == 6;
  generator->flow_mask = flows - 1;
  generator->timed = timed;
  generator->window = window;
  generator->forgiven = generator->sent - sink->delivered;
  generator->interval = rate > 0 ? (__u64)(1e9 / rate) : 0;
  generator->next = now.tv_sec * 1000000000ull + now.tv_nsec;
  atomic_store(&run_error, 0);
  atomic_store(&running, 1);
  if (pthread_create(&runner, NULL, run, NULL)) {
    fail("pthread_create");
  }
  puts("begun");
}

static void end(void) {
  if (atomic_exchange(&running, 0)) {
    struct timespec patience;
    do {
      pthread_kill(runner, SIGUSR1);
      clock_gettime(CLOCK_REALTIME, &patience);
      patience.tv_nsec += 20000000;
      if (patience.tv_nsec >= 1000000000) {
        patience.tv_sec++;
        patience.tv_nsec -= 1000000000;
      }
    } while (pthread_timedjoin_np(runner, NULL, &patience));
  }
  if (atomic_load(&run_error)) {
    fail("BPF_PROG_TEST_RUN: %s", strerror(atomic_load(&run_error)));
  }
  puts("ended");
}

static void print_counters(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  printf("time=%" PRIu64 " sent=%llu forgiven=%llu late=%llu delivered=%llu bytes=%llu stray=%llu other=%llu"
         " answered=%llu reordered=%llu",
         (uint64_t)now.tv_sec * 1000000000u + now.tv_nsec, generator->sent, generator->forgiven, generator->late,
         sink->delivered, sink->bytes, sink->stray, sink->other, sink->answered, sink->reordered);
  printf(" servers=");
  for (unsigned i = 0; i < MAXIMUM_SERVERS; i++) {
    if (sink->servers[i]) {
      printf("%u:%llu,", i, sink->servers[i]);
    }
  }
  printf(" latency=");
  for (unsigned i = 0; i < LATENCY_BUCKETS; i++) {
    if (sink->latency[i]) {
      printf("%u:%llu,", i, sink->latency[i]);
    }
  }
  putchar('\n');
}

static void on_signal(int number) { (void)number; }

static void serve(void) {
  char line[256];
  while (fgets(line, sizeof line, stdin)) {
    double rate;
    unsigned bytes, flows, window;
    int family, timed;
    if (sscanf(line, "begin %lf %u %u %d %d %u", &rate, &bytes, &flows, &family, &timed, &window) ==
        6) {
      begin(rate, bytes, flows, family, timed, window);
    } else if (!strcmp(line, "read\n")) {
      print_counters();
    } else if (!strcmp(line, "end\n")) {
      end();
    } else {
      fail("not a command: %s", line);
    }
    fflush(stdout);
  }
}

static int read_mac(const char *text, __u8 *mac) {
  return sscanf(text, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", mac, mac + 1, mac + 2, mac + 3, mac + 4,
                mac + 5) == 6;
}

int main(int count, char **arguments) {
  if (count != 8 || !read_mac(arguments[7], macs)) {
    fail("usage: segment OBJECTS CPU CLIENT_NS CLIENT_IF FAR_NS FAR_IF BALANCER_MAC");
  }
  die_with_parent();
  cpu = atoi(arguments[2]);
  struct sigaction action = {.sa_handler = on_signal};
  sigaction(SIGUSR1, &action, NULL);

  struct bpf_object *object = load_object(arguments[1], "segment.bpf.o");
  struct segment *segment = variables(object);
  sink = &segment->sink;
  generator = &segment->generator;
  generate_fd = program_fd(object, "generate");

  enter(arguments[5]);
  attach_xdp(program_fd(object, "far_end"), arguments[6]);
  enter(arguments[3]);
  generator->interface = interface_index(arguments[4]);
  hardware_address(arguments[4], macs + 6);
  memcpy(generator->macs, macs, 12);
  memcpy((void *)sink->gateway, macs + 6, 6);
  say_ready();
  serve();
  return 0;
}
