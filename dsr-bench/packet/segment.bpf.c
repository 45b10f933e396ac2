/* The two ends of the segment in one object: the generator heeds what the sink has counted. */
#include <stddef.h>

#include <linux/bpf.h>
#include <linux/icmpv6.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "wire.h"

struct segment segment;

#include "generator.bpf.h"
#include "sink.bpf.h"

char _license[] SEC("license") = "GPL";
