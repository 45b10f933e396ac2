package io.dsr.core;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * Keeps the new connections of one client, or of one network of clients, on the server that took
 * its first, until none has come for a while.
 *
 * @param timeout how long after a client's last new connection it is remembered: 1 s to 31 days
 * @param ipv4Prefix how many leading bits of an IPv4 source address make one client, 1 to 32
 * @param ipv6Prefix how many leading bits of an IPv6 source address make one client, 1 to 128
 */
public record Persistence(Duration timeout, int ipv4Prefix, int ipv6Prefix) {

  private static final Duration MINIMUM = Duration.ofSeconds(1);
  private static final Duration MAXIMUM = Duration.ofDays(31);

  public Persistence {
    requireNonNull(timeout, "timeout");
    if (timeout.compareTo(MINIMUM) < 0 || timeout.compareTo(MAXIMUM) > 0) {
      throw new IllegalArgumentException("timeout: " + timeout + " (expected: 1 s to 31 days)");
    }
    if (ipv4Prefix < 1 || ipv4Prefix > 32) {
      throw new IllegalArgumentException("ipv4Prefix: " + ipv4Prefix + " (expected: 1 to 32)");
    }
    if (ipv6Prefix < 1 || ipv6Prefix > 128) {
      throw new IllegalArgumentException("ipv6Prefix: " + ipv6Prefix + " (expected: 1 to 128)");
    }
  }

  /** Returns persistence by the whole source address. */
  public static Persistence sourceAddress(Duration timeout) {
    return new Persistence(timeout, 32, 128);
  }

  /**
   * Returns the same persistence with {@code bits} leading bits of an IPv4 source making a client.
   */
  public Persistence ipv4Prefix(int bits) {
    return new Persistence(timeout, bits, ipv6Prefix);
  }

  /**
   * Returns the same persistence with {@code bits} leading bits of an IPv6 source making a client.
   */
  public Persistence ipv6Prefix(int bits) {
    return new Persistence(timeout, ipv4Prefix, bits);
  }
}
