package io.dsr.netty;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * When the balancer asks real servers for their MAC addresses.
 *
 * @param retry between two questions to a server that has not answered; the first four of a server
 *     that is new come four times as fast
 * @param refresh how long after a server was last heard of it is asked again
 * @param probes how many questions in a row may go unanswered, half of them unicast to the last
 *     known MAC address and half to everybody, before the server counts as unreachable: 2 to 100
 */
public record NeighbourTimings(Duration retry, Duration refresh, int probes) {

  /** Every second; refreshed after 15 s; unreachable after six. */
  public static final NeighbourTimings DEFAULT =
      new NeighbourTimings(Duration.ofSeconds(1), Duration.ofSeconds(15), 6);

  /** Checks the ranges. */
  public NeighbourTimings {
    requireNonNull(retry, "retry");
    requireNonNull(refresh, "refresh");
    if (retry.isNegative() || retry.isZero()) {
      throw new IllegalArgumentException("retry: " + retry + " (expected: more than 0)");
    }
    if (refresh.compareTo(retry) < 0) {
      throw new IllegalArgumentException("refresh: " + refresh + " (expected: at least retry)");
    }
    if (probes < 2 || probes > 100) {
      throw new IllegalArgumentException("probes: " + probes + " (expected: 2 to 100)");
    }
  }
}
