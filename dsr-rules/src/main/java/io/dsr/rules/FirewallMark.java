package io.dsr.rules;

/**
 * A firewall mark; IPVS tells those of IPv4 and of IPv6 apart.
 *
 * @param number 1 to 4294967295
 * @param isIpv6 whether it is on IPv6 packets
 */
record FirewallMark(long number, boolean isIpv6) {

  private static final long MAXIMUM = 0xffff_ffffL;

  static long number(String text) throws RuleError {
    try {
      long number = text.startsWith("+") ? 0 : Long.parseLong(text);
      if (number >= 1 && number <= MAXIMUM) {
        return number;
      }
    } catch (NumberFormatException noNumber) {
      // Out of range like any other.
    }
    throw new RuleError(
        "firewall mark \"" + text + "\"", "1 to " + MAXIMUM + ", in decimal digits");
  }

  /** Returns the mark as {@code ipvsadm -S} writes it: {@code -f 1}, or {@code -f 1 -6}. */
  @Override
  public String toString() {
    return "-f " + number + (isIpv6 ? " -6" : "");
  }
}
