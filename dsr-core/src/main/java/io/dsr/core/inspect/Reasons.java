package io.dsr.core.inspect;

import io.dsr.core.Verdict;
import java.util.EnumMap;
import java.util.Map;

/** What each verdict means, in a sentence for an operator. */
final class Reasons {

  private static final Map<Verdict, String> TEXTS = new EnumMap<>(Verdict.class);

  static {
    forwarded();
    malformed();
    refused();
  }

  private Reasons() {}

  /** Returns the sentence of a verdict. */
  static String of(Verdict verdict) {
    return TEXTS.getOrDefault(verdict, verdict.name());
  }

  private static void forwarded() {
    text(Verdict.FORWARD_FLOW, "Its flow is in the flow table: it goes to the flow's server.");
    text(Verdict.FORWARD_NEW, "It starts a flow: the scheduler picks the server.");
    text(
        Verdict.FORWARD_PERSISTENT, "It starts a flow, and persistence picks the client's server.");
    text(Verdict.FORWARD_MIDFLOW, "Its flow is unknown: a hash picks the server.");
    text(Verdict.FORWARD_TABLE_FULL, "The flow table is full: a hash picks the server.");
    text(
        Verdict.FORWARD_SYN_TABLE_FULL,
        "The table of half-open connections is full: a hash picks the server, and the client's"
            + " acknowledgment finds it again.");
    text(Verdict.FORWARD_BRAKED, "New flows exceed their limit: a hash picks the server.");
    text(Verdict.FORWARD_OVER_QUOTA, "Its source has too many flows: a hash picks the server.");
    text(Verdict.FORWARD_UNTRACKED, "Its service tracks no flows.");
    text(Verdict.FORWARD_FRAGMENT, "It goes where the first fragment of its datagram went.");
    text(
        Verdict.FORWARD_ICMP_ERROR,
        "It is an ICMP error about a flow: it goes to the server of that flow.");
    text(
        Verdict.HOLD_FRAGMENT,
        "It arrived before the first fragment of its datagram, and waits for it.");
    text(Verdict.PASS_NOT_OURS, "Its destination is not a VIP of this balancer.");
    text(Verdict.PASS_ECHO, "It is an echo request: the balancer answers it.");
  }

  private static void malformed() {
    text(Verdict.DROP_SHORT_ETHERNET, "It is shorter than an Ethernet header.");
    text(Verdict.DROP_LINK_MULTICAST, "It was sent to a broadcast or multicast MAC address.");
    text(Verdict.DROP_BAD_VLAN, "Its VLAN tags are malformed.");
    text(Verdict.DROP_BAD_IPV4, "Its IPv4 header is malformed.");
    text(Verdict.DROP_BAD_IPV6, "Its IPv6 header is malformed.");
    text(Verdict.DROP_BAD_EXTENSION, "Its IPv6 extension headers are malformed.");
    text(Verdict.DROP_BAD_TCP, "Its TCP header is malformed.");
    text(Verdict.DROP_BAD_UDP, "Its UDP header is malformed.");
    text(Verdict.DROP_BAD_SCTP, "Its SCTP header or first chunk is malformed.");
    text(Verdict.DROP_BAD_ICMP, "Its ICMP message, or the packet quoted in it, is malformed.");
    text(Verdict.DROP_BOGUS_FLAGS, "It has TCP flags that no TCP stack sends.");
    text(Verdict.DROP_FRAGMENT, "It is a fragment of ICMP, or its first fragment is unknown.");
    text(Verdict.DROP_PROTOCOL, "The VIP has no service for its protocol.");
    text(Verdict.DROP_ICMP_TYPE, "It is an ICMP message other than an error or an echo request.");
  }

  private static void refused() {
    text(Verdict.DROP_DENIED, "The service's access list denies its client.");
    text(Verdict.DROP_BANNED, "Its source is banned.");
    text(Verdict.DROP_SOURCE_RATE, "Its source starts too many flows per second.");
    text(Verdict.DROP_SOURCE_CONNECTIONS, "Its source has too many connections.");
    text(Verdict.DROP_SOURCE_RESETS, "Its source sends too many resets per second.");
    text(Verdict.DROP_PINNED, "Its client is pinned to a server that takes no new flows.");
    text(
        Verdict.DROP_EXPIRED,
        "The server of its flow was removed or has failed, and the flow expires.");
    text(Verdict.DROP_NO_SERVICE, "The VIP has no service for its port.");
    text(Verdict.DROP_STANDBY, "This balancer is on standby for the VIP.");
    text(Verdict.DROP_NO_SERVER, "The service has no server that can take it.");
    text(Verdict.DROP_UNRESOLVED, "The MAC address of its server is unknown.");
    text(Verdict.DROP_NO_INTERFACE, "The interface toward its server is gone.");
    text(Verdict.DROP_LOOP, "It comes from the server it would go to, or keeps coming back.");
    text(Verdict.DROP_OWN_FRAME, "It comes from a MAC address of this balancer.");
  }

  private static void text(Verdict verdict, String sentence) {
    TEXTS.put(verdict, sentence);
  }
}
