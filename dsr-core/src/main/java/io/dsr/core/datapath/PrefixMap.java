package io.dsr.core.datapath;

import io.dsr.core.IpPrefix;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Finds the longest prefix that an address is in, with one search for each length that occurs.
 *
 * <p>Immutable. A kernel fast path holds it as one map for longest-prefix match.
 */
public final class PrefixMap {

  /** Returned for an address that is in no prefix. */
  static final int NONE = -1;

  private static final int WORDS = 2;

  /** Per bucket: address high and low; what tells lengths and families apart is in the marks. */
  private final long[] keys;

  /** Per bucket: presence, family and length. */
  private final short[] marks;

  private final int[] values;
  private final IpPrefix[] ipv4Lengths;
  private final IpPrefix[] ipv6Lengths;

  /** Creates a map from prefixes to values of 0 or more. */
  PrefixMap(Map<IpPrefix, Integer> entries) {
    int buckets = Integer.highestOneBit(Math.max(4, entries.size() * 4 - 1)) * 2;
    this.keys = new long[buckets * WORDS];
    this.marks = new short[buckets];
    this.values = new int[buckets];
    this.ipv4Lengths = lengths(entries, false);
    this.ipv6Lengths = lengths(entries, true);
    entries.forEach(this::put);
  }

  /** Returns the value of the longest prefix, or {@link #NONE}. */
  int find(boolean ipv6, long high, long low) {
    for (IpPrefix sample : ipv6 ? ipv6Lengths : ipv4Lengths) {
      int bucket =
          bucket(high & sample.highMask(), low & sample.lowMask(), mark(ipv6, sample.length()));
      if (marks[bucket] != 0) {
        return values[bucket];
      }
    }
    return NONE;
  }

  private void put(IpPrefix prefix, int value) {
    short mark = mark(prefix.isIpv6(), prefix.length());
    int bucket = bucket(prefix.high(), prefix.low(), mark);
    keys[bucket * WORDS] = prefix.high();
    keys[bucket * WORDS + 1] = prefix.low();
    marks[bucket] = mark;
    values[bucket] = value;
  }

  /** Returns the bucket of a key, or the empty one where it would be put. */
  private int bucket(long high, long low, short mark) {
    int bucket = home(high, low, mark) & (marks.length - 1);
    while (marks[bucket] != 0
        && !(marks[bucket] == mark
            && keys[bucket * WORDS] == high
            && keys[bucket * WORDS + 1] == low)) {
      bucket = (bucket + 1) & (marks.length - 1);
    }
    return bucket;
  }

  private static short mark(boolean ipv6, int length) {
    return (short) (0x400 | (ipv6 ? 0x200 : 0) | length);
  }

  // The operator chooses these keys, not a client: a plain mixer is enough.
  static int home(long high, long low, long rest) {
    long mixed = (high * 0x9e3779b97f4a7c15L + low) * 0x9e3779b97f4a7c15L + rest;
    mixed ^= mixed >>> 32;
    mixed *= 0xd6e8feb86659fd93L;
    return (int) (mixed >>> 32);
  }

  private static IpPrefix[] lengths(Map<IpPrefix, Integer> entries, boolean ipv6) {
    return longestFirst(entries.keySet(), ipv6);
  }

  /** Returns one prefix of each length that occurs in the family, the longest first. */
  static IpPrefix[] longestFirst(Iterable<IpPrefix> prefixes, boolean ipv6) {
    var samples = new IpPrefix[129];
    for (IpPrefix prefix : prefixes) {
      if (prefix.isIpv6() == ipv6) {
        samples[prefix.length()] = prefix;
      }
    }
    return IntStream.rangeClosed(0, 128)
        .mapToObj(shorter -> samples[128 - shorter])
        .filter(sample -> sample != null)
        .toArray(IpPrefix[]::new);
  }
}
