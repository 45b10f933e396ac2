package io.dsr.core;

import java.net.InetAddress;
import java.util.List;

/**
 * Which clients a virtual service serves. The longest prefix that holds the client decides; a
 * client in no prefix is served if the allow list is empty, and rejected otherwise.
 *
 * @param allowed networks that are served
 * @param denied networks that are rejected
 */
@CheckReturnValue
public record AccessList(List<IpPrefix> allowed, List<IpPrefix> denied) {

  /** Serves every client. */
  public static final AccessList EVERYBODY = new AccessList(List.of(), List.of());

  /**
   * Copies the lists.
   *
   * @throws IllegalArgumentException if a prefix is in both
   */
  public AccessList {
    allowed = List.copyOf(allowed);
    denied = List.copyOf(denied);
    for (IpPrefix prefix : allowed) {
      if (denied.contains(prefix)) {
        throw new IllegalArgumentException(
            prefix + " is both allowed and denied (expected: one of the two)");
      }
    }
  }

  /** Returns whether it serves every client. */
  public boolean isOpen() {
    return allowed.isEmpty() && denied.isEmpty();
  }

  /** Returns whether {@code client} is served. Slow: for the control path. */
  public boolean permits(InetAddress client) {
    return longest(allowed, client) >= longest(denied, client)
        && (allowed.isEmpty() || longest(allowed, client) >= 0);
  }

  private static int longest(List<IpPrefix> prefixes, InetAddress client) {
    return prefixes.stream()
        .filter(prefix -> prefix.contains(client))
        .mapToInt(IpPrefix::length)
        .max()
        .orElse(-1);
  }
}
