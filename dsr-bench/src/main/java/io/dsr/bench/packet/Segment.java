package io.dsr.bench.packet;

/** Who has which address on the segment: that of RFC 2544 and RFC 5180, as {@code wire.h} says. */
final class Segment {

  static final String VIP = "198.18.0.10";
  static final String VIP6 = "2001:2:0:1::a";
  static final String BALANCER = "198.18.0.2";
  static final String BALANCER6 = "2001:2:0:1::2";
  static final String ROUTER = "198.18.0.1";

  /** The discard service. */
  static final int PORT = 9;

  private Segment() {}

  /** Returns the VIP of one family. */
  static String vip(boolean ipv6) {
    return ipv6 ? VIP6 : VIP;
  }

  /** Returns the address of server {@code number}, from 0 on. */
  static String server(int number, boolean ipv6) {
    return ipv6
        ? "2001:2:0:1:0:0:1000:%x".formatted(number)
        : "198.18.%d.%d".formatted(16 + number / 256, number % 256);
  }

  /** Returns the MAC of server {@code number}. */
  static String serverMac(int number) {
    return "02:5e:00:00:%02x:%02x".formatted(number / 256, number % 256);
  }
}
