package io.dsr.core;

/**
 * What happens to a frame, and why. Each event loop counts every verdict.
 *
 * <p>Operators see the names, so they do not change.
 */
public enum Verdict {
  /** Sent to the server of its flow. */
  FORWARD_FLOW(Action.FORWARD),
  /** The first frame of a flow, sent to the server that the scheduler picked. */
  FORWARD_NEW(Action.FORWARD),
  /** The first frame of a flow, sent to the server that had this client before. */
  FORWARD_PERSISTENT(Action.FORWARD),
  /** A frame in the middle of an unknown flow, placed by hash; the flow is tracked from now on. */
  FORWARD_MIDFLOW(Action.FORWARD),
  /** Placed by hash and not tracked, because the flow table is full. */
  FORWARD_TABLE_FULL(Action.FORWARD),
  /** A SYN placed by hash and not tracked, because the table of half-open connections is full. */
  FORWARD_SYN_TABLE_FULL(Action.FORWARD),
  /** Placed by hash and not tracked, because the limit of new flows is exceeded. */
  FORWARD_BRAKED(Action.FORWARD),
  /** Placed by hash and not tracked, because its source already has too many flows. */
  FORWARD_OVER_QUOTA(Action.FORWARD),
  /** Of a service that tracks no flows. */
  FORWARD_UNTRACKED(Action.FORWARD),
  /** A later fragment, sent to the server of the first fragment. */
  FORWARD_FRAGMENT(Action.FORWARD),
  /** An ICMP or ICMPv6 error, sent to the server whose flow it quotes. */
  FORWARD_ICMP_ERROR(Action.FORWARD),

  /** A fragment that arrived before the first one of its datagram: a copy waits for the first. */
  HOLD_FRAGMENT(Action.DROP),

  /** Not for a virtual IP: ARP, neighbor discovery, or a frame for another handler. */
  PASS_NOT_OURS(Action.PASS),
  /** An echo request to a virtual IP. */
  PASS_ECHO(Action.PASS),

  /** Shorter than an Ethernet header. */
  DROP_SHORT_ETHERNET(Action.DROP),
  /** Sent to a group address on the link, though its IP destination is a single host. */
  DROP_LINK_MULTICAST(Action.DROP),
  /** An 802.1Q or 802.1ad tag that does not fit, or more than two of them. */
  DROP_BAD_VLAN(Action.DROP),
  /** An IPv4 header that does not fit, or whose lengths contradict each other. */
  DROP_BAD_IPV4(Action.DROP),
  /** An IPv6 header that does not fit, or whose payload length exceeds the frame. */
  DROP_BAD_IPV6(Action.DROP),
  /** A chain of IPv6 extension headers that does not fit, or is implausibly long. */
  DROP_BAD_EXTENSION(Action.DROP),
  /** A TCP header that does not fit, or whose data offset exceeds the segment. */
  DROP_BAD_TCP(Action.DROP),
  /** A UDP header that does not fit, or whose length exceeds the packet. */
  DROP_BAD_UDP(Action.DROP),
  /** An ICMP or ICMPv6 message, or the packet that it quotes, that does not fit. */
  DROP_BAD_ICMP(Action.DROP),
  /** An SCTP header that does not fit, or whose first chunk does not. */
  DROP_BAD_SCTP(Action.DROP),
  /** A TCP segment with flags that no TCP stack sends. */
  DROP_BOGUS_FLAGS(Action.DROP),
  /** A fragment of an ICMP message, or one that came too early with no room to wait. */
  DROP_FRAGMENT(Action.DROP),
  /** From a client that the service's access list denies. */
  DROP_DENIED(Action.DROP),
  /** A new flow of a source that is banned. */
  DROP_BANNED(Action.DROP),
  /** A new flow of a source that starts too many per second. */
  DROP_SOURCE_RATE(Action.DROP),
  /** A new flow of a source that has too many. */
  DROP_SOURCE_CONNECTIONS(Action.DROP),
  /** A TCP reset of a source that sends too many per second. */
  DROP_SOURCE_RESETS(Action.DROP),
  /** From a client that is pinned to a server that takes no new flows. */
  DROP_PINNED(Action.DROP),
  /**
   * Of a flow whose server was removed from a service with {@link FlowRemoval#EXPIRE}, or has
   * failed in one with {@link FailurePolicy#EXPIRE}: it is forgotten.
   */
  DROP_EXPIRED(Action.DROP),
  /** An IP protocol that no service carries. */
  DROP_PROTOCOL(Action.DROP),
  /** An ICMP or ICMPv6 message to a virtual IP that is neither an error nor an echo request. */
  DROP_ICMP_TYPE(Action.DROP),
  /** To a virtual IP, but to a port or protocol for which it has no service. */
  DROP_NO_SERVICE(Action.DROP),
  /**
   * To a virtual IP that this balancer does not own: it is on standby, or its ownership expired.
   */
  DROP_STANDBY(Action.DROP),
  /** To a service that has no server for the flow. */
  DROP_NO_SERVER(Action.DROP),
  /** Of a flow whose server has no known MAC address. */
  DROP_UNRESOLVED(Action.DROP),
  /** For a server behind an interface that is gone. */
  DROP_NO_INTERFACE(Action.DROP),
  /** From the server that it would go to, or a packet that keeps coming back. */
  DROP_LOOP(Action.DROP),
  /** From a MAC address of this balancer: a loop, or a duplicate MAC address. */
  DROP_OWN_FRAME(Action.DROP);

  /** What a verdict does with the frame. */
  public enum Action {
    /** Its MAC addresses are rewritten: send it. */
    FORWARD,
    /** It is unchanged: pass it to the next handler. */
    PASS,
    /** It is unchanged: drop it. */
    DROP
  }

  private final Action action;

  Verdict(Action action) {
    this.action = action;
  }

  /** Returns what to do with the frame. */
  public Action action() {
    return action;
  }
}
