package io.dsr.netty.handler;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;

/** Addresses of the hot path's form as the control path has them. */
final class Addresses {

  private Addresses() {}

  static int ipv4(InetAddress address) {
    return ByteBuffer.wrap(address.getAddress()).getInt();
  }

  static InetAddress of(int ipv4) {
    byte[] octets = new byte[Integer.BYTES];
    ByteBuffer.wrap(octets).putInt(ipv4);
    return of(octets);
  }

  static InetAddress of(long high, long low) {
    byte[] octets = new byte[2 * Long.BYTES];
    ByteBuffer.wrap(octets).putLong(high).putLong(low);
    return of(octets);
  }

  private static InetAddress of(byte[] octets) {
    try {
      return InetAddress.getByAddress(octets);
    } catch (UnknownHostException e) {
      throw new AssertionError("four and sixteen octets are addresses", e);
    }
  }
}
