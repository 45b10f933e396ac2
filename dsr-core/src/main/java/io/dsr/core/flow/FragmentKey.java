package io.dsr.core.flow;

import io.dsr.core.HashKey;

/**
 * What identifies the datagram that a fragment belongs to; one object serves every fragment of an
 * event loop.
 *
 * <p>For IPv4 that is source, destination, protocol and identification (RFC 815 section 2), for
 * IPv6 source, destination and identification alone: the protocol of a later fragment need not be
 * that of the first (RFC 8200 section 4.5). Event loop only.
 */
public final class FragmentKey {

  private static final int PROTOCOL_SHIFT = 8;
  private static final int IDENTIFICATION_SHIFT = 16;
  private static final long IPV6 = 1;

  private long sourceHigh;
  private long sourceLow;
  private long destinationHigh;
  private long destinationLow;
  private long identity;

  /** Creates a key of nothing; {@link #ipv4} or {@link #ipv6} make it one of a datagram. */
  public FragmentKey() {}

  /** Makes this the key of an IPv4 datagram, and returns it. */
  public FragmentKey ipv4(int source, int destination, int identification, int protocol) {
    this.sourceHigh = 0;
    this.sourceLow = Integer.toUnsignedLong(source);
    this.destinationHigh = 0;
    this.destinationLow = Integer.toUnsignedLong(destination);
    this.identity = identity(identification) | ((long) protocol << PROTOCOL_SHIFT);
    return this;
  }

  /** Makes this the key of an IPv6 packet, and returns it. */
  public FragmentKey ipv6(
      long sourceHigh,
      long sourceLow,
      long destinationHigh,
      long destinationLow,
      int identification) {
    this.sourceHigh = sourceHigh;
    this.sourceLow = sourceLow;
    this.destinationHigh = destinationHigh;
    this.destinationLow = destinationLow;
    this.identity = identity(identification) | IPV6;
    return this;
  }

  /** Returns another key of the same datagram. */
  FragmentKey copy() {
    FragmentKey copy = new FragmentKey();
    copy.sourceHigh = sourceHigh;
    copy.sourceLow = sourceLow;
    copy.destinationHigh = destinationHigh;
    copy.destinationLow = destinationLow;
    copy.identity = identity;
    return copy;
  }

  /** Returns whether the other is a key of the same datagram. */
  boolean isSame(FragmentKey other) {
    return identity == other.identity
        && sourceLow == other.sourceLow
        && destinationLow == other.destinationLow
        && sourceHigh == other.sourceHigh
        && destinationHigh == other.destinationHigh;
  }

  /** Writes the five words of this key, from {@code at}. */
  void write(long[] words, int at) {
    words[at] = identity;
    words[at + 1] = sourceLow;
    words[at + 2] = destinationLow;
    words[at + 3] = sourceHigh;
    words[at + 4] = destinationHigh;
  }

  /** Returns whether the five words from {@code at} are those of this key. */
  boolean isWritten(long[] words, int at) {
    return words[at] == identity
        && words[at + 1] == sourceLow
        && words[at + 2] == destinationLow
        && words[at + 3] == sourceHigh
        && words[at + 4] == destinationHigh;
  }

  /** Returns the hash of the five words that {@link #write} has written from {@code at}. */
  static int hash(long[] words, int at, HashKey tableKey) {
    return hash(
        tableKey.quickHash(words[at], words[at + 1], words[at + 2], words[at + 3], words[at + 4]));
  }

  /** Returns the hash of this key. */
  int hash(HashKey tableKey) {
    return hash(
        tableKey.quickHash(identity, sourceLow, destinationLow, sourceHigh, destinationHigh));
  }

  private static int hash(long hash) {
    return (int) (hash >>> 32);
  }

  private static long identity(int identification) {
    return Integer.toUnsignedLong(identification) << IDENTIFICATION_SHIFT;
  }
}
