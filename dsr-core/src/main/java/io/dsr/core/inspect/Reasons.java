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
    text(Verdict.FORWARD_FLOW, "Its flow is remembered: it goes to the server that has it.");
    text(Verdict.FORWARD_NEW, "It begins a flow: it goes where the scheduler says.");
    text(Verdict.FORWARD_PERSISTENT, "It begins a flow of a client that has a server already.");
    text(Verdict.FORWARD_MIDFLOW, "Nobody remembers its flow: it goes where a hash says.");
    text(Verdict.FORWARD_TABLE_FULL, "The table is full: it goes where a hash says.");
    text(Verdict.FORWARD_BRAKED, "Too many flows begin: it goes where a hash says.");
    text(Verdict.FORWARD_OVER_QUOTA, "Its source has too many flows: it goes where a hash says.");
    text(Verdict.FORWARD_UNTRACKED, "Its service remembers no flows.");
    text(Verdict.FORWARD_FRAGMENT, "It follows the first fragment of its datagram.");
    text(Verdict.FORWARD_ICMP_ERROR, "It quotes a flow: it goes to the server of that flow.");
    text(Verdict.HOLD_FRAGMENT, "It came before the first fragment of its datagram and waits.");
    text(Verdict.PASS_NOT_OURS, "It is not for a virtual IP of this balancer.");
    text(Verdict.PASS_ECHO, "It is an echo request: the balancer answers it.");
  }

  private static void malformed() {
    text(Verdict.DROP_SHORT_ETHERNET, "It is shorter than an Ethernet header.");
    text(Verdict.DROP_LINK_MULTICAST, "It was sent to a group address on the link.");
    text(Verdict.DROP_BAD_VLAN, "Its VLAN tags do not fit.");
    text(Verdict.DROP_BAD_IPV4, "Its IPv4 header does not fit.");
    text(Verdict.DROP_BAD_IPV6, "Its IPv6 header does not fit.");
    text(Verdict.DROP_BAD_EXTENSION, "Its IPv6 extension headers do not fit.");
    text(Verdict.DROP_BAD_TCP, "Its TCP header does not fit.");
    text(Verdict.DROP_BAD_UDP, "Its UDP header does not fit.");
    text(Verdict.DROP_BAD_SCTP, "Its SCTP header or first chunk does not fit.");
    text(Verdict.DROP_BAD_ICMP, "Its ICMP message, or what that quotes, does not fit.");
    text(Verdict.DROP_BOGUS_FLAGS, "It has TCP flags that no TCP sends.");
    text(Verdict.DROP_FRAGMENT, "It is a fragment whose first is unknown, or one of ICMP.");
    text(Verdict.DROP_PROTOCOL, "No service of the virtual IP carries its protocol.");
    text(Verdict.DROP_ICMP_TYPE, "It is ICMP, but neither an error nor an echo request.");
  }

  private static void refused() {
    text(Verdict.DROP_DENIED, "The service does not serve its client.");
    text(Verdict.DROP_BANNED, "Its source is banned.");
    text(Verdict.DROP_SOURCE_RATE, "Its source begins too many flows a second.");
    text(Verdict.DROP_SOURCE_CONNECTIONS, "Its source has too many connections.");
    text(Verdict.DROP_SOURCE_RESETS, "Its source sends too many resets a second.");
    text(Verdict.DROP_PINNED, "Its client is tied to a server that takes no flows.");
    text(Verdict.DROP_EXPIRED, "The server of its flow was removed, and its flows expire.");
    text(Verdict.DROP_NO_SERVICE, "The virtual IP has no service for its port.");
    text(Verdict.DROP_STANDBY, "This balancer does not own the virtual IP: it stands by.");
    text(Verdict.DROP_NO_SERVER, "No server of the service may take it.");
    text(Verdict.DROP_UNRESOLVED, "The MAC address of its server is not known.");
    text(Verdict.DROP_NO_INTERFACE, "The interface that leads to its server is gone.");
    text(Verdict.DROP_LOOP, "It comes from the MAC address of a real server.");
    text(Verdict.DROP_OWN_FRAME, "It comes from a MAC address that we send from.");
  }

  private static void text(Verdict verdict, String sentence) {
    TEXTS.put(verdict, sentence);
  }
}
