package io.dsr.core.admission;

import io.dsr.core.Verdict;

/** Is shown the bans of a {@link SourceTable}, one a call, on the table's event loop. */
@FunctionalInterface
public interface BanVisitor {

  /**
   * Takes note of a source that is banned.
   *
   * @param ipv6 whether the source is an IPv6 one
   * @param prefixHigh the first eight octets of an IPv6 prefix, 0 for IPv4
   * @param prefixLow the last eight octets of an IPv6 prefix, or the IPv4 one, unsigned
   * @param prefixLength how many bits of it count, 1 to 128; the others are 0
   * @param remainingNanos how long the ban lasts yet, in nanoseconds, 1 or more
   * @param reason the verdict on the frame that the ban began with
   */
  void banned(
      boolean ipv6,
      long prefixHigh,
      long prefixLow,
      int prefixLength,
      long remainingNanos,
      Verdict reason);
}
