package io.dsr.core;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The ports that a virtual service listens on.
 *
 * @param first the lowest port, 1 to 65535; 0 only in {@link #ANY}
 * @param last the highest port, {@code first} to 65535
 */
@CheckReturnValue
public record PortRange(int first, int last) {

  private static final int MAXIMUM = 65_535;
  private static final Pattern WRITTEN = Pattern.compile("(\\d{1,5})(?:-(\\d{1,5}))?");

  /** Every port, and packets of protocols that have none. */
  public static final PortRange ANY = new PortRange(0, MAXIMUM);

  /** Checks the order and the range. */
  public PortRange {
    boolean any = first == 0 && last == MAXIMUM;
    if (!any && (first < 1 || first > MAXIMUM)) {
      throw new IllegalArgumentException("port: " + first + " (expected: 1 to 65535)");
    }
    if (last < first || last > MAXIMUM) {
      throw new IllegalArgumentException(
          "port: " + last + " (expected: " + first + " to 65535, the end of the range)");
    }
  }

  /** Returns the range of one port. */
  public static PortRange of(int port) {
    return new PortRange(port, port);
  }

  /**
   * Returns the range written as {@code 80}, {@code 1000-2000}, or {@code *} for any.
   *
   * @throws IllegalArgumentException if it is none
   */
  public static PortRange parse(String text) {
    if (text.equals("*")) {
      return ANY;
    }
    Matcher ports = WRITTEN.matcher(text);
    if (!ports.matches()) {
      throw new IllegalArgumentException(
          "port: \"" + text + "\" (expected: a port, a range such as 1000-2000, or *)");
    }
    String last = ports.group(2) == null ? ports.group(1) : ports.group(2);
    if (ports.group(1).equals("0")) { // 0-65535 is written as *
      throw new IllegalArgumentException("port: \"" + text + "\" (expected: 1 to 65535)");
    }
    return new PortRange(Integer.parseInt(ports.group(1)), Integer.parseInt(last));
  }

  /** Returns whether it is one port. */
  public boolean isSingle() {
    return first == last;
  }

  /** Returns how many ports it holds. */
  public int size() {
    return last - first + 1;
  }

  /** Returns whether {@code port} is in it. */
  public boolean contains(int port) {
    return port >= first && port <= last;
  }

  /** Returns whether every port of {@code other} is in it. */
  public boolean contains(PortRange other) {
    return other.first >= first && other.last <= last;
  }

  /** Returns whether any port is in both. */
  public boolean overlaps(PortRange other) {
    return first <= other.last && other.first <= last;
  }

  /** Returns {@code 80}, {@code 1000-2000}, or {@code *} for any. */
  @Override
  public String toString() {
    if (equals(ANY)) {
      return "*";
    }
    return isSingle() ? Integer.toString(first) : first + "-" + last;
  }
}
