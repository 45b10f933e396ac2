package io.dsr.core;

/**
 * A flow as a {@link Picker} sees it: addresses, ports, protocol, and well-mixed keyed hashes.
 *
 * <p>Valid only during the call that handed it over; the next flow reuses it. Only the thread that
 * received the frame may read it.
 *
 * <p>An IPv4 address is held in the low 32 bits of the low word, with a high word of zero. The
 * hashes are SipHash-2-4 under the balancer's placement key, so every balancer with the same key
 * sees the same values; each call computes one.
 */
public interface FlowView {

  /** Returns whether the addresses are IPv6 ones. */
  boolean isIpv6();

  /** Returns the first eight octets of an IPv6 source address, 0 for IPv4. */
  long sourceHigh();

  /** Returns the last eight octets of an IPv6 source address, or the IPv4 one, unsigned. */
  long sourceLow();

  /** Returns the first eight octets of an IPv6 destination address, 0 for IPv4. */
  long destinationHigh();

  /** Returns the last eight octets of an IPv6 destination address, or the IPv4 one, unsigned. */
  long destinationLow();

  /** Returns the client's port. */
  int sourcePort();

  /** Returns the service's port. */
  int destinationPort();

  /** Returns the IP protocol number, 6 for TCP and 17 for UDP. */
  int protocol();

  /** Returns a hash of the source address. */
  long sourceHash();

  /** Returns a hash of the source address and port. */
  long sourcePortHash();

  /** Returns a hash of the destination address. */
  long destinationHash();

  /** Returns a hash of both addresses, both ports and the protocol. */
  long tupleHash();
}
