package io.dsr.core;

import static java.util.Objects.requireNonNull;

import java.net.InetAddress;

/**
 * Clients that the operator has tied to a real server.
 *
 * @param clients the network they are in; the longest matching pin applies
 * @param server the own address of their server
 * @param fallback what becomes of their new flows while that server may take none
 */
public record ClientPin(IpPrefix clients, InetAddress server, Fallback fallback) {

  /** What becomes of a pinned client's new flow while its server may take none. */
  public enum Fallback {
    /** It is placed as if there were no pin. */
    SCHEDULE,
    /** It is refused: its frames are dropped until the server is back. */
    REFUSE
  }

  /** Checks that both have the same address family. */
  public ClientPin {
    requireNonNull(fallback, "fallback");
    if (IpPrefix.of(server).isIpv6() != clients.isIpv6()) {
      throw new IllegalArgumentException(
          "pin: "
              + clients
              + " to "
              + IpPrefix.text(server)
              + " (expected: addresses of the same family)");
    }
  }
}
