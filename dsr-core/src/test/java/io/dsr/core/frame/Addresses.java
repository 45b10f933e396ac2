package io.dsr.core.frame;

import io.netty.buffer.Unpooled;
import java.net.InetAddress;

/** Literal addresses as the octets and numbers that views and keys have. */
public final class Addresses {

  private Addresses() {}

  /** Returns the octets of a literal address. */
  public static byte[] address(String literal) {
    return InetAddress.ofLiteral(literal).getAddress();
  }

  /** Returns an IPv4 address as a number. */
  public static int ipv4(String literal) {
    return Unpooled.wrappedBuffer(address(literal)).readInt();
  }

  /** Returns half of an IPv6 address: 0 the first, 1 the last. */
  public static long ipv6(String literal, int half) {
    return Unpooled.wrappedBuffer(address(literal)).getLong(half * 8);
  }
}
