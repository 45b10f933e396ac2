package io.dsr.core.datapath;

import io.dsr.core.HashKey;
import io.dsr.core.frame.EtherType;
import io.netty.buffer.ByteBuf;

/**
 * Finds packets that come back: what a server or another balancer forwards instead of answering,
 * and what leads to us again.
 *
 * <p>Remembers for a fraction of a second which packets it has seen, and from which MAC address
 * each came first. A packet that comes from another address meanwhile has come back, or its client
 * is behind several routers, so {@value #RETURNS} times it may. One that comes from the same
 * address again may be a repetition of its client; whether that counts is for the caller to say. A
 * packet is known by a digest of what forwarding leaves as it is: not the time to live, the traffic
 * class or a checksum.
 *
 * <p>Not every frame is looked up. Those of a remembered flow are while the flow is watched: when a
 * server's address began it, and after its frames came from another address than before, as those
 * of a loop do ({@link Forwarder}). Frames that no flow is remembered for are looked up while they
 * come from several addresses ({@link StraySources}).
 *
 * <p>A full bucket gives up any of its packets for a newer one, so in a flood some may go round
 * more often; none does for long, as chance spares each of them in time. Event loop only; allocates
 * nothing after construction.
 *
 * <pre>
 * digest 29 | first source 16 | returns 3 | tick 16
 * </pre>
 */
final class ReturnGuard {

  /** How often a packet may come back from another address. */
  static final int RETURNS = 3;

  /** How often it may come back at all, where it counts if it comes from the same address. */
  static final int REPETITIONS = 7;

  /** 33.6 ms: that of flows. */
  private static final int TICK_BITS = 25;

  /** How many ticks a packet is remembered for at least. */
  private static final int TICKS = 8;

  private static final int BUCKET_BITS = 10;
  private static final int BUCKET = 4;
  private static final int DIGEST_BITS = 29;
  private static final int SOURCE_SHIFT = 19;
  private static final int RETURNS_SHIFT = 16;
  private static final long SOURCE_MASK = 0xffff;
  private static final long TICK_MASK = 0xffff;
  private static final long MIXER = 0x9e3779b97f4a7c15L;

  private static final int MAXIMUM_WORDS = 16;
  private static final int IPV4_ADDRESSES = 12;
  private static final int IPV4_HEADER = 20;
  private static final int IPV6_ADDRESSES = 8;
  private static final int IPV6_HEADER = 40;

  private final long[] entries = new long[BUCKET << BUCKET_BITS];
  private final long seed;
  private long random = MIXER;
  private long tick;

  ReturnGuard(HashKey tableKey, long nowNanos) {
    this.seed = tableKey.quickHash(1, 2);
    time(nowNanos);
  }

  void time(long nowNanos) {
    tick = nowNanos >> TICK_BITS;
  }

  /**
   * Returns whether a packet has come back too often.
   *
   * @param digest what {@link #digest} returns for it
   * @param source the MAC address that it comes from
   * @param repeats whether it counts if it comes from the same address as first
   */
  boolean isReturn(long digest, long source, boolean repeats) {
    int at = find(digest);
    if (at < 0) {
      return false;
    }
    int before = returns(entries[at]);
    return isElsewhere(entries[at], source) ? before >= RETURNS : repeats && before == REPETITIONS;
  }

  private static int returns(long entry) {
    return (int) (entry >>> RETURNS_SHIFT) & REPETITIONS;
  }

  private static boolean isElsewhere(long entry, long source) {
    return (entry >>> SOURCE_SHIFT & SOURCE_MASK) != fold(source);
  }

  /** Takes note of a packet; the parameters are those of {@link #isReturn}. */
  void note(long digest, long source, boolean repeats) {
    int at = find(digest);
    if (at < 0) {
      long mark = digest >>> (Long.SIZE - DIGEST_BITS);
      entries[victim(digest)] =
          mark << (Long.SIZE - DIGEST_BITS) | fold(source) << SOURCE_SHIFT | (tick & TICK_MASK);
    } else if (returns(entries[at]) < REPETITIONS
        && (repeats || isElsewhere(entries[at], source))) {
      entries[at] += 1L << RETURNS_SHIFT;
    }
  }

  private int find(long digest) {
    int home = home(digest);
    for (int at = home; at < home + BUCKET; at++) {
      if (isOf(entries[at], digest)) {
        return at;
      }
    }
    return -1;
  }

  private int victim(long digest) {
    int home = home(digest);
    for (int at = home; at < home + BUCKET; at++) {
      if ((tick - entries[at] & TICK_MASK) > TICKS) {
        return at;
      }
    }
    random = mix(random, digest);
    return home + (int) (random >>> 40) % BUCKET;
  }

  private boolean isOf(long entry, long digest) {
    return (entry ^ digest) >>> (Long.SIZE - DIGEST_BITS) == 0
        && (tick - entry & TICK_MASK) <= TICKS;
  }

  private static int home(long digest) {
    return ((int) digest & ((1 << BUCKET_BITS) - 1)) * BUCKET;
  }

  private static long fold(long mac) {
    return (mac * MIXER) >>> 48;
  }

  /** Returns the digest of the IP packet in a frame that was classified as one of a flow. */
  long digest(ByteBuf frame) {
    int index = frame.readerIndex() + 12;
    while (EtherType.isTag(frame.getUnsignedShort(index))) {
      index += 4;
    }
    index += 2;
    return frame.getByte(index) >>> 4 == 4 ? ipv4(frame, index) : ipv6(frame, index);
  }

  private long ipv4(ByteBuf frame, int index) {
    int length = frame.getUnsignedShort(index + 2);
    // Length, identification and the fragment's place; then protocol and addresses.
    long hash = mix(seed, (long) length << 32 | (frame.getInt(index + 4) & 0xffff_ffffL));
    hash = mix(hash, frame.getByte(index + 9));
    hash = mix(hash, frame.getLong(index + IPV4_ADDRESSES));
    return payload(frame, index + IPV4_HEADER, end(frame, index, length), hash);
  }

  private long ipv6(ByteBuf frame, int index) {
    int length = frame.getUnsignedShort(index + 4);
    long hash = mix(seed, (long) length << 8 | frame.getUnsignedByte(index + 6));
    for (int word = IPV6_ADDRESSES; word < IPV6_HEADER; word += Long.BYTES) {
      hash = mix(hash, frame.getLong(index + word));
    }
    return payload(frame, index + IPV6_HEADER, end(frame, index + IPV6_HEADER, length), hash);
  }

  /** Returns where the packet ends; without a length, as merged frames have none, so does all. */
  private static int end(ByteBuf frame, int index, int length) {
    int last = frame.writerIndex();
    return length == 0 ? last : Math.min(index + length, last);
  }

  /** Mixes in the first and the last octets of what follows the fixed header. */
  private static long payload(ByteBuf frame, int index, int end, long before) {
    long hash = before;
    int at = index;
    for (int word = 0; word < MAXIMUM_WORDS && at + Long.BYTES <= end; word++) {
      hash = mix(hash, frame.getLong(at));
      at += Long.BYTES;
    }
    at = Math.max(at, end - Long.BYTES + 1);
    while (at < end) {
      hash = mix(hash, frame.getByte(at));
      at++;
    }
    return hash ^ hash >>> 32;
  }

  private static long mix(long hash, long word) {
    long mixed = (hash ^ word) * MIXER;
    return mixed ^ mixed >>> 29;
  }
}
