package io.dsr.core.persistence;

/**
 * One client that a table remembers, as it was when it was looked at: to be listed, searched for,
 * or taken out and put back. What is not part of the policy's key is zero.
 *
 * @param ipv6 whether the addresses are IPv6 ones
 * @param sourceHigh the first eight octets of an IPv6 source network, 0 for IPv4
 * @param sourceLow the last eight octets of an IPv6 source network, or the IPv4 one, unsigned
 * @param sourcePort the source port, 0 to 65,535
 * @param destinationHigh the first eight octets of an IPv6 destination address, 0 for IPv4
 * @param destinationLow the last eight octets of an IPv6 destination, or the IPv4 one, unsigned
 * @param destinationPort the destination port, 0 to 65,535
 * @param protocol the IP protocol number, 0 to 255
 * @param slot the server's slot, 0 to 65,535
 * @param generation the slot's generation, 0 to 65,535
 * @param remainingNanos how long it is yet remembered if no new connection comes
 */
public record StoredEntry(
    boolean ipv6,
    long sourceHigh,
    long sourceLow,
    int sourcePort,
    long destinationHigh,
    long destinationLow,
    int destinationPort,
    int protocol,
    int slot,
    int generation,
    long remainingNanos) {

  private static final int SIXTEEN_BITS = 65_535;
  private static final int EIGHT_BITS = 255;

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if a number is out of its range, or an IPv4 address has more
   *     than 32 bits
   */
  public StoredEntry {
    checkRange("sourcePort", sourcePort, SIXTEEN_BITS);
    checkRange("destinationPort", destinationPort, SIXTEEN_BITS);
    checkRange("protocol", protocol, EIGHT_BITS);
    checkRange("slot", slot, SIXTEEN_BITS);
    checkRange("generation", generation, SIXTEEN_BITS);
    boolean wide = ((sourceLow | destinationLow) >>> Integer.SIZE) != 0;
    if (!ipv6 && (wide || (sourceHigh | destinationHigh) != 0)) {
      throw new IllegalArgumentException("address: more than 32 bits (expected: an IPv4 address)");
    }
  }

  /** Returns this entry with its client on another server. */
  public StoredEntry server(int newSlot, int newGeneration) {
    return new StoredEntry(
        ipv6,
        sourceHigh,
        sourceLow,
        sourcePort,
        destinationHigh,
        destinationLow,
        destinationPort,
        protocol,
        newSlot,
        newGeneration,
        remainingNanos);
  }

  static void checkRange(String name, int value, int maximum) {
    if (value < 0 || value > maximum) {
      throw new IllegalArgumentException(name + ": " + value + " (expected: 0 to " + maximum + ")");
    }
  }
}
