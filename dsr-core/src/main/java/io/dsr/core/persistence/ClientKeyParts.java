package io.dsr.core.persistence;

/**
 * What makes a client, with all else zero: two words of source address, two of destination, and one
 * of family, ports and protocol, laid out as {@link ClientKeyShape} says.
 *
 * <p>A probe and a key of the same parts are equal, both ways, and have one hash.
 */
sealed interface ClientKeyParts permits ClientKey, ClientProbe {

  /** Returns the first eight octets of an IPv6 source address that count. */
  long sourceHigh();

  /** Returns the last eight octets of an IPv6 source address that count, or the IPv4 one. */
  long sourceLow();

  /** Returns the first eight octets of an IPv6 destination address, if it counts. */
  long destinationHigh();

  /** Returns the last eight octets of an IPv6 destination address or the IPv4 one, if it counts. */
  long destinationLow();

  /** Returns the family, the ports that count and the protocol if it counts. */
  long transport();

  /** Returns whether both are of one client. */
  static boolean same(ClientKeyParts one, ClientKeyParts other) {
    return one.sourceLow() == other.sourceLow()
        && one.sourceHigh() == other.sourceHigh()
        && one.transport() == other.transport()
        && one.destinationLow() == other.destinationLow()
        && one.destinationHigh() == other.destinationHigh();
  }
}
