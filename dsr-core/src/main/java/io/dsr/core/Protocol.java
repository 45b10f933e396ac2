package io.dsr.core;

import java.util.Arrays;
import java.util.Locale;
import java.util.Map;

/**
 * An IP protocol that a virtual service can carry; there is one instance of each.
 *
 * <p>Numbers are those of the IANA registry "Assigned Internet Protocol Numbers". TCP, UDP and SCTP
 * have ports; a flow of any other protocol is told from others by its addresses alone.
 */
public final class Protocol {

  private static final int NUMBERS = 256;
  private static final String NUMBERED = "ip-";
  private static final Protocol[] ALL = all();

  /** Any protocol that has no service of its own on the same VIP. */
  public static final Protocol ANY = of(0);

  /** Transmission Control Protocol, RFC 9293. */
  public static final Protocol TCP = of(6);

  /** User Datagram Protocol, RFC 768. */
  public static final Protocol UDP = of(17);

  /** Generic Routing Encapsulation, RFC 2784. */
  public static final Protocol GRE = of(47);

  /** Encapsulating Security Payload, RFC 4303. */
  public static final Protocol ESP = of(50);

  /** Authentication Header, RFC 4302. */
  public static final Protocol AH = of(51);

  /** Stream Control Transmission Protocol, RFC 9260. */
  public static final Protocol SCTP = of(132);

  private static final Map<Integer, String> NAMES =
      Map.of(0, "any", 6, "tcp", 17, "udp", 47, "gre", 50, "esp", 51, "ah", 132, "sctp");

  private final int number;

  private Protocol(int number) {
    this.number = number;
  }

  /**
   * Returns the protocol of a number.
   *
   * @param number as in the IPv4 protocol field, 0 to 255; 0 is {@link #ANY}
   * @throws IllegalArgumentException if there is no such number
   */
  public static Protocol of(int number) {
    if (number < 0 || number >= NUMBERS) {
      throw new IllegalArgumentException("protocol: " + number + " (expected: 0 to 255)");
    }
    return ALL[number];
  }

  /**
   * Returns the protocol of a name, {@code tcp}, {@code udp}, {@code sctp}, {@code gre}, {@code
   * esp}, {@code ah} or {@code any} in any case, or of a number, {@code 89} or {@code ip-89}.
   *
   * @throws IllegalArgumentException if there is no such protocol
   */
  public static Protocol parse(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return NAMES.entrySet().stream()
        .filter(entry -> entry.getValue().equals(lower))
        .map(entry -> of(entry.getKey()))
        .findFirst()
        .orElseGet(() -> numbered(name, lower));
  }

  private static Protocol numbered(String name, String lower) {
    try {
      return of(
          Integer.parseInt(
              lower.startsWith(NUMBERED) ? lower.substring(NUMBERED.length()) : lower));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "protocol: \""
              + name
              + "\" (expected: tcp, udp, sctp, gre, esp, ah, any or a number from 1 to 255)",
          e);
    }
  }

  /** Returns the number in the IPv4 protocol field and the IPv6 next-header field, 0 for any. */
  public int number() {
    return number;
  }

  /** Returns whether its packets begin with a source and a destination port. */
  public boolean hasPorts() {
    return this == TCP || this == UDP || this == SCTP;
  }

  /** Returns the name in lower case, or {@code ip-} and the number of one without a name. */
  @Override
  public String toString() {
    return NAMES.getOrDefault(number, NUMBERED + number);
  }

  private static Protocol[] all() {
    var all = new Protocol[NUMBERS];
    Arrays.setAll(all, Protocol::new);
    return all;
  }
}
