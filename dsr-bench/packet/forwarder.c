/*
 * A minimal direct-server-return forwarder on AF_PACKET: what these system calls can do at best.
 *
 * A TPACKET_V2 ring with vnet headers is walked slot by slot; the frames of a batch are changed
 * where they lie and sent from there by one sendmmsg(2) on a second socket, and then their slots
 * go back. With the ring empty it is looked at SPINS times more before epoll_wait(2). A classic
 * filter lets only the service's datagrams up, and a tc program keeps them from the host's stack.
 * SLICE is the time slice that it asks for, in microseconds, 0 for none of its own.
 *
 *   forwarder OBJECTS IN_IF OUT_IF SERVERS SPINS SLOTS SLICE
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/virtio_net.h>
#include <netinet/in.h>
#include <stdint.h>
#include <sys/epoll.h>

#include "maglev.h"
#include "program.h"
#include "sched_attributes.h"

#define SLOT_BYTES 2048
#define LARGEST_BLOCK (256 * 1024)
#define BATCH 256
#define RESERVE 6 /* puts the IP header on a 16-byte boundary */
#define SOCKET_BUFFER (8 << 20)
#define VNET_BYTES ((unsigned)sizeof(struct virtio_net_hdr))

static unsigned slot_count; /* a power of two */
static __u16 table[TABLE_SIZE];
static __u8 own_mac[6];

static struct mmsghdr messages[BATCH];
static struct iovec frames[BATCH];
static struct tpacket2_hdr *slots[BATCH];

static void option(int fd, int name, int value) {
  if (setsockopt(fd, SOL_PACKET, name, &value, sizeof value)) {
    fail("packet socket option %d: %s", name, strerror(errno));
  }
}

/* ldh 12; IPv4: the VIP and UDP; IPv6: the VIP and UDP; all else is refused. */
static void filter(int fd) {
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IP, 0, 4),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 30),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, VIP4, 0, 12),
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 23),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 9, 10),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IPV6, 0, 9),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 38),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SEGMENT6_0, 0, 7),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 42),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SEGMENT6_1, 0, 5),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 50),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, VIP6_3, 0, 3),
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 20),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, 0x40000),
      BPF_STMT(BPF_RET | BPF_K, 0),
  };
  struct sock_fprog program = {.len = sizeof code / sizeof *code, .filter = code};
  if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program)) {
    fail("SO_ATTACH_FILTER: %s", strerror(errno));
  }
}

static int packet_socket(void) {
  int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
  int buffer = SOCKET_BUFFER;
  if (fd < 0) {
    fail("AF_PACKET: %s", strerror(errno));
  }
  setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &buffer, sizeof buffer);
  option(fd, PACKET_VNET_HDR, 1);
  return fd;
}

static void attach(int fd, const char *interface, int protocol) {
  struct sockaddr_ll address = {.sll_family = AF_PACKET,
                                .sll_protocol = htons(protocol),
                                .sll_ifindex = interface_index(interface)};
  if (bind(fd, (struct sockaddr *)&address, sizeof address)) {
    fail("%s: bind: %s", interface, strerror(errno));
  }
}

static char *map_ring(int fd) {
  size_t bytes = (size_t)slot_count * SLOT_BYTES;
  unsigned block = bytes < LARGEST_BLOCK ? bytes : LARGEST_BLOCK;
  struct tpacket_req request = {.tp_block_size = block,
                                .tp_frame_size = SLOT_BYTES,
                                .tp_frame_nr = slot_count,
                                .tp_block_nr = bytes / block};
  option(fd, PACKET_VERSION, TPACKET_V2);
  option(fd, PACKET_RESERVE, RESERVE);
  option(fd, PACKET_IGNORE_OUTGOING, 1);
  if (setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &request, sizeof request)) {
    fail("PACKET_RX_RING: %s", strerror(errno));
  }
  char *ring = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
  if (ring == MAP_FAILED) {
    fail("mmap of the ring: %s", strerror(errno));
  }
  return ring;
}

static inline struct tpacket2_hdr *slot_at(char *ring, unsigned index) {
  return (struct tpacket2_hdr *)(ring + (size_t)(index & (slot_count - 1)) * SLOT_BYTES);
}

static inline __u32 status(struct tpacket2_hdr *slot) {
  return __atomic_load_n(&slot->tp_status, __ATOMIC_ACQUIRE);
}

static inline void release(struct tpacket2_hdr *slot) {
  __atomic_store_n(&slot->tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
}

/* Rewrites the MACs of a frame that the filter let through. */
static inline void direct(__u8 *frame) {
  __u32 source, ports;
  if (frame[12] == 0x08) {
    memcpy(&source, frame + ETH_HLEN + offsetof(struct iphdr, saddr), 4);
    memcpy(&ports, frame + ETH_HLEN + (frame[ETH_HLEN] & 15) * 4, 4);
  } else {
    __u32 word[4];
    memcpy(word, frame + ETH_HLEN + offsetof(struct ipv6hdr, saddr), 16);
    source = word[0] ^ word[1] ^ word[2] ^ word[3];
    memcpy(&ports, frame + ETH_HLEN + sizeof(struct ipv6hdr), 4);
  }
  write_macs(frame, own_mac, table[flow_hash(source, ports) & TABLE_MASK]);
}

/* Takes up to BATCH frames from slot `head` on; returns how many slots it went over. */
static unsigned collect(char *ring, unsigned head, unsigned *count) {
  unsigned taken = 0, sendable = 0;
  while (taken < BATCH) {
    struct tpacket2_hdr *slot = slot_at(ring, head + taken);
    if (!(status(slot) & TP_STATUS_USER)) {
      break;
    }
    taken++;
    if (slot->tp_snaplen < slot->tp_len || slot->tp_snaplen < ETH_HLEN + sizeof(struct iphdr) + 8) {
      release(slot);
      continue;
    }
    __u8 *frame = (__u8 *)slot + slot->tp_mac;
    direct(frame);
    frames[sendable] =
        (struct iovec){.iov_base = frame - VNET_BYTES, .iov_len = slot->tp_snaplen + VNET_BYTES};
    slots[sendable++] = slot;
  }
  *count = sendable;
  return taken;
}

static void transmit(int fd, unsigned count) {
  for (unsigned done = 0; done < count;) {
    int sent = sendmmsg(fd, messages + done, count - done, MSG_DONTWAIT);
    done += sent > 0 ? sent : 1; /* an error is the first frame's: it is dropped */
  }
  for (unsigned i = 0; i < count; i++) {
    release(slots[i]);
  }
}

static void forward(int receiver, int sender, char *ring, long spins) {
  struct epoll_event event = {.events = EPOLLIN};
  int poll = epoll_create1(EPOLL_CLOEXEC);
  unsigned head = 0;
  if (poll < 0 || epoll_ctl(poll, EPOLL_CTL_ADD, receiver, &event)) {
    fail("epoll: %s", strerror(errno));
  }
  for (;;) {
    epoll_wait(poll, &event, 1, -1);
    for (long idle = 0; idle <= spins;) {
      unsigned count, taken = collect(ring, head, &count);
      if (taken) {
        idle = 0;
        head += taken;
        transmit(sender, count);
      } else {
        idle++;
        __builtin_ia32_pause();
      }
    }
  }
}

/* Asks for a time slice in nanoseconds; where that is refused it does without, as dsr does. */
static void slice(uint64_t nanos) {
  struct sched_attributes attributes;
  if (get_scheduling(0, &attributes)) {
    return;
  }
  attributes.runtime = nanos;
  set_scheduling(0, attributes);
}

int main(int count, char **arguments) {
  slot_count = count == 8 ? atoi(arguments[6]) : 0;
  if (slot_count < 16 || slot_count & (slot_count - 1) || atoi(arguments[4]) < 1 ||
      atoi(arguments[4]) > MAXIMUM_SERVERS) {
    fail("usage: forwarder OBJECTS IN_IF OUT_IF SERVERS SPINS SLOTS SLICE");
  }
  die_with_parent();
  hardware_address(arguments[3], own_mac);
  fill_table(table, atoi(arguments[4]));
  for (unsigned i = 0; i < BATCH; i++) {
    messages[i].msg_hdr.msg_iov = &frames[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  int receiver = packet_socket(), sender = packet_socket();
  filter(receiver);
  char *ring = map_ring(receiver);
  struct bpf_object *object = load_object(arguments[1], "balancer.bpf.o");
  attach_tc(program_fd(object, "tc_silence"), arguments[2]);
  attach(receiver, arguments[2], ETH_P_ALL);
  attach(sender, arguments[3], 0);
  if (atoll(arguments[7])) {
    slice(1000 * atoll(arguments[7]));
  }
  say_ready();
  forward(receiver, sender, ring, atol(arguments[5]));
  return 0;
}
