package io.dsr.core.flow;

import static java.util.Objects.requireNonNull;

/**
 * A flow taken out of its table: all that a record holds, so that another table can go on with it.
 *
 * @param ipv6 whether its addresses are IPv6 ones
 * @param sourceHigh the first eight octets of an IPv6 source address, 0 for IPv4
 * @param sourceLow the last eight octets of an IPv6 source address, or the IPv4 one, unsigned
 * @param destinationHigh the same of the destination
 * @param destinationLow the same of the destination
 * @param sourcePort 0 to 65535
 * @param destinationPort 0 to 65535
 * @param protocol the IP protocol, 0 to 255
 * @param state its state, in the words of IPVS
 * @param remainingNanos how long it will yet be remembered if no frame comes
 * @param sequenceEnd of TCP: behind the last octet that the client sent
 * @param acknowledged whether {@code acknowledgement} counts
 * @param acknowledgement of TCP: the client's newest
 * @param upstream the MAC address that its frames come from, in the low 48 bits
 * @param slot of its server
 * @param generation of its server's slot
 */
public record StoredFlow(
    boolean ipv6,
    long sourceHigh,
    long sourceLow,
    long destinationHigh,
    long destinationLow,
    int sourcePort,
    int destinationPort,
    int protocol,
    String state,
    long remainingNanos,
    int sequenceEnd,
    boolean acknowledged,
    int acknowledgement,
    long upstream,
    int slot,
    int generation) {

  /** Checks that there is a state. */
  public StoredFlow {
    requireNonNull(state, "state");
  }

  /** Returns this flow on another server. */
  public StoredFlow server(int newSlot, int newGeneration) {
    return new StoredFlow(
        ipv6,
        sourceHigh,
        sourceLow,
        destinationHigh,
        destinationLow,
        sourcePort,
        destinationPort,
        protocol,
        state,
        remainingNanos,
        sequenceEnd,
        acknowledged,
        acknowledgement,
        upstream,
        newSlot,
        newGeneration);
  }
}
