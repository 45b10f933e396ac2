package io.dsr.linux;

import static java.util.Objects.requireNonNull;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * A network of addresses, or a single one, as filters and sets in the kernel hold it.
 *
 * @param address the first address, whose bits beyond {@code length} are zero
 * @param length how many leading bits count: 0 to 32 for IPv4, 0 to 128 for IPv6
 */
public record AddressPrefix(InetAddress address, int length) {

  private static final Comparator<AddressPrefix> IN_ORDER =
      Comparator.comparingInt((AddressPrefix prefix) -> bits(prefix.address))
          .thenComparing(AddressPrefix::octets, Arrays::compareUnsigned)
          .thenComparingInt(AddressPrefix::length);

  /**
   * Checks the length and the bits beyond it.
   *
   * @throws IllegalArgumentException if the length is out of range, or a bit beyond it is set
   */
  public AddressPrefix {
    requireNonNull(address, "address");
    int bits = bits(address);
    if (length < 0 || length > bits) {
      throw new IllegalArgumentException(
          "prefix length: " + length + " (expected: 0 to " + bits + ")");
    }
    byte[] octets = address.getAddress();
    byte[] mask = mask(octets.length, length);
    for (int i = 0; i < octets.length; i++) {
      if ((octets[i] & ~mask[i]) != 0) {
        throw new IllegalArgumentException(
            "prefix: "
                + address.getHostAddress()
                + "/"
                + length
                + " (expected: no bits set after the first "
                + length
                + ")");
      }
    }
  }

  /** Returns the prefix of one address alone. */
  public static AddressPrefix of(InetAddress address) {
    return new AddressPrefix(address, bits(address));
  }

  /**
   * Returns the fewest prefixes that hold the same addresses: one that lies in another is left out,
   * and two halves of a network become that network. Sorted: IPv4 first, then by address.
   */
  public static List<AddressPrefix> joined(Collection<AddressPrefix> prefixes) {
    List<AddressPrefix> joined = new ArrayList<>();
    for (AddressPrefix prefix : prefixes.stream().sorted(IN_ORDER).toList()) {
      if (joined.isEmpty() || !joined.getLast().contains(prefix)) {
        AddressPrefix last = prefix;
        while (!joined.isEmpty() && joined.getLast().isOtherHalfOf(last)) {
          last = new AddressPrefix(joined.removeLast().address, last.length - 1);
        }
        joined.add(last);
      }
    }
    return joined;
  }

  /** Returns whether its addresses are IPv6 ones. */
  public boolean isIpv6() {
    return address instanceof Inet6Address;
  }

  /** Returns whether it holds one address alone. */
  public boolean isHost() {
    return length == bits(address);
  }

  /** Returns whether every address of {@code other} is within. */
  public boolean contains(AddressPrefix other) {
    return other.isIpv6() == isIpv6()
        && other.length >= length
        && Arrays.equals(other.masked(length), octets());
  }

  /** Returns the first address, 4 or 16 bytes in network byte order. */
  public byte[] octets() {
    return address.getAddress();
  }

  /** Returns it as {@code 192.0.2.16/28}; a single address without its length. */
  @Override
  public String toString() {
    return isHost() ? address.getHostAddress() : address.getHostAddress() + "/" + length;
  }

  private boolean isOtherHalfOf(AddressPrefix upper) {
    return length == upper.length
        && length > 0
        && isIpv6() == upper.isIpv6()
        && Arrays.equals(upper.masked(length - 1), octets());
  }

  private byte[] masked(int bits) {
    byte[] octets = octets();
    byte[] mask = mask(octets.length, bits);
    for (int i = 0; i < octets.length; i++) {
      octets[i] &= mask[i];
    }
    return octets;
  }

  /** Returns {@code octets} bytes of which the first {@code bits} bits are set. */
  public static byte[] mask(int octets, int bits) {
    byte[] mask = new byte[octets];
    for (int i = 0; i < octets; i++) {
      int ones = Math.clamp(bits - (long) i * Byte.SIZE, 0, Byte.SIZE);
      mask[i] = (byte) (0xff00 >> ones);
    }
    return mask;
  }

  private static int bits(InetAddress address) {
    return address.getAddress().length * Byte.SIZE;
  }
}
