package io.dsr.core;

import static java.util.Objects.requireNonNull;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * An address and how many of its leading bits count: a network, or a single host.
 *
 * @param address the first address of the network, whose other bits are zero
 * @param length how many leading bits count, 0 to 32 for IPv4 and 0 to 128 for IPv6
 */
@CheckReturnValue
public record IpPrefix(InetAddress address, int length) {

  private static final int IPV4_BITS = 32;
  private static final int IPV6_BITS = 128;
  private static final int GROUPS = 8;
  private static final int IPV4_MAPPED = 0xffff;
  private static final int MAPPED_BYTES = 12;

  /**
   * Checks the length and the bits beyond it.
   *
   * @throws IllegalArgumentException if the length is out of range, or a bit beyond it is set
   */
  public IpPrefix {
    requireNonNull(address, "address");
    int bits = address instanceof Inet6Address ? IPV6_BITS : IPV4_BITS;
    if (length < 0 || length > bits) {
      throw new IllegalArgumentException(
          "prefix length: " + length + " (expected: 0 to " + bits + ")");
    }
    InetAddress network = masked(address, length);
    if (!network.equals(address)) {
      throw new IllegalArgumentException(
          "prefix: "
              + text(address)
              + "/"
              + length
              + " (expected: "
              + text(network)
              + "/"
              + length
              + ", without host bits)");
    }
  }

  /** Returns the prefix of this single address. */
  public static IpPrefix of(InetAddress address) {
    return new IpPrefix(address, address instanceof Inet6Address ? IPV6_BITS : IPV4_BITS);
  }

  /** Returns the network of {@code length} bits that {@code address} is in. */
  public static IpPrefix around(InetAddress address, int length) {
    return new IpPrefix(masked(address, length), length);
  }

  /**
   * Returns the prefix written as {@code 192.0.2.0/24}, or as an address alone.
   *
   * @throws IllegalArgumentException if it is not one
   */
  public static IpPrefix parse(String text) {
    int slash = text.indexOf('/');
    if (slash < 0) {
      return of(RealServer.parse(text, "prefix"));
    }
    InetAddress address = RealServer.parse(text.substring(0, slash), "prefix");
    try {
      return new IpPrefix(address, Integer.parseInt(text.substring(slash + 1)));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "prefix: \"" + text + "\" (expected: ADDRESS/BITS, such as 192.0.2.0/24)", e);
    }
  }

  /** Returns whether its addresses are IPv6 ones. */
  public boolean isIpv6() {
    return address instanceof Inet6Address;
  }

  /** Returns whether it holds one address alone. */
  public boolean isHost() {
    return length == (isIpv6() ? IPV6_BITS : IPV4_BITS);
  }

  /** Returns whether {@code other} is of the same family and within. */
  public boolean contains(InetAddress other) {
    return other instanceof Inet6Address == isIpv6() && masked(other, length).equals(address);
  }

  /** Returns whether every address of {@code other} is within. */
  public boolean contains(IpPrefix other) {
    return other.length >= length && contains(other.address);
  }

  /** Returns whether any address is in both. */
  public boolean overlaps(IpPrefix other) {
    return contains(other) || other.contains(this);
  }

  /** Returns the first eight octets of an IPv6 address, 0 for IPv4, as in {@link FlowView}. */
  public long high() {
    return isIpv6() ? ByteBuffer.wrap(address.getAddress()).getLong() : 0;
  }

  /** Returns the last eight octets of an IPv6 address, or the IPv4 one, as in {@link FlowView}. */
  public long low() {
    ByteBuffer octets = ByteBuffer.wrap(address.getAddress());
    return isIpv6() ? octets.getLong(Long.BYTES) : Integer.toUnsignedLong(octets.getInt());
  }

  /** Returns the bits of {@link #high} that count. */
  public long highMask() {
    return isIpv6() ? mask(Math.min(length, Long.SIZE)) : 0;
  }

  /** Returns the bits of {@link #low} that count. */
  public long lowMask() {
    return isIpv6()
        ? mask(Math.max(length - Long.SIZE, 0))
        : mask(length + IPV4_BITS) & 0xffff_ffffL;
  }

  /** Returns it as {@code 192.0.2.0/24}; a single host without its length. */
  @Override
  public String toString() {
    return isHost() ? text(address) : text(address) + "/" + length;
  }

  private static long mask(int bits) {
    return bits == 0 ? 0 : -1L << (Long.SIZE - bits);
  }

  private static InetAddress masked(InetAddress address, int length) {
    byte[] octets = address.getAddress();
    for (int i = 0; i < octets.length; i++) {
      int bits = Math.clamp(length - (long) i * Byte.SIZE, 0, Byte.SIZE);
      octets[i] = (byte) (octets[i] & (0xff00 >> bits));
    }
    return address(octets);
  }

  /**
   * Returns an address as it is printed everywhere: IPv6 compressed, in lower case, as RFC 5952 has
   * it: {@code 2001:db8::1}, {@code ::ffff:192.0.2.1}.
   */
  public static String text(InetAddress address) {
    String long6 = address.getHostAddress();
    if (!(address instanceof Inet6Address)) {
      return long6;
    }
    int scope = long6.indexOf('%');
    return compressed(address.getAddress()) + (scope < 0 ? "" : long6.substring(scope));
  }

  private static String compressed(byte[] octets) {
    ByteBuffer groups = ByteBuffer.wrap(octets);
    if (groups.getLong(0) == 0 && groups.getInt(Long.BYTES) == IPV4_MAPPED) {
      return "::ffff:"
          + address(Arrays.copyOfRange(octets, MAPPED_BYTES, octets.length)).getHostAddress();
    }
    int from = 0; // the first of the longest runs of zeros
    int length = 1; // a single group of zeros is not compressed
    for (int group = 0, run = 0; group < GROUPS; group++) {
      run = groups.getShort(2 * group) == 0 ? run + 1 : 0;
      if (run > length) {
        length = run;
        from = group + 1 - run;
      }
    }
    if (length == 1) {
      return groups(groups, 0, GROUPS);
    }
    return groups(groups, 0, from) + "::" + groups(groups, from + length, GROUPS);
  }

  private static String groups(ByteBuffer groups, int from, int end) {
    return IntStream.range(from, end)
        .mapToObj(group -> Integer.toHexString(groups.getShort(2 * group) & 0xffff))
        .collect(Collectors.joining(":"));
  }

  /**
   * Returns the address of 4 or 16 octets; the family is by their number, for an IPv6 address that
   * maps an IPv4 one too.
   *
   * @throws IllegalArgumentException if there are more, or fewer
   */
  public static InetAddress address(byte[] octets) {
    try {
      return octets.length == IPV6_BITS / Byte.SIZE
          ? Inet6Address.getByAddress(null, octets, -1)
          : InetAddress.getByAddress(octets);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(
          "address: " + octets.length + " octets (expected: 4 or 16)", e);
    }
  }
}
