package io.dsr.core;

import static java.util.Objects.requireNonNull;

/**
 * An Ethernet address.
 *
 * @param bits the address in the low 48 bits, its first octet highest; this is the form that the
 *     hot path uses
 */
public record MacAddress(long bits) {

  /** All ones: every station on the segment. */
  public static final MacAddress BROADCAST = new MacAddress(0xffff_ffff_ffffL);

  private static final long MASK = 0xffff_ffff_ffffL;
  private static final int OCTETS = 6;

  public MacAddress {
    if ((bits & ~MASK) != 0) {
      throw new IllegalArgumentException(
          "bits: 0x" + Long.toHexString(bits) + " (expected: 48 bits)");
    }
  }

  /**
   * Reads six octets of two hexadecimal digits, separated by colons or hyphens.
   *
   * @throws IllegalArgumentException if {@code text} is anything else
   */
  public static MacAddress of(String text) {
    requireNonNull(text, "text");
    if (!text.matches("[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){5}")) {
      throw new IllegalArgumentException(
          "MAC address: \"" + text + "\" (expected: six octets, such as 02:00:5e:10:00:01)");
    }
    return new MacAddress(Long.parseLong(text.replaceAll("[:-]", ""), 16));
  }

  /**
   * Returns the address held in six bytes.
   *
   * @throws IllegalArgumentException if there are not six
   */
  public static MacAddress of(byte[] octets) {
    if (octets.length != OCTETS) {
      throw new IllegalArgumentException("octets: " + octets.length + " (expected: 6)");
    }
    long bits = 0;
    for (byte octet : octets) {
      bits = (bits << 8) | (octet & 0xff);
    }
    return new MacAddress(bits);
  }

  /** Returns whether this is a group address, as broadcast is: no single station's own. */
  public boolean isMulticast() {
    return (bits >> 40 & 1) != 0;
  }

  /** Returns the six octets, lower case, joined by colons. */
  @Override
  public String toString() {
    var text = new StringBuilder(17);
    for (int shift = 40; shift >= 0; shift -= 8) {
      int octet = (int) (bits >> shift) & 0xff;
      text.append(Character.forDigit(octet >> 4, 16)).append(Character.forDigit(octet & 15, 16));
      if (shift > 0) {
        text.append(':');
      }
    }
    return text.toString();
  }
}
