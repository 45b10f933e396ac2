package io.dsr.netty.handler;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;

/** Addresses of the hot path's form as the control path has them. */
final class Addresses {

  private Addresses() {}

  static InetAddress of(int ipv4) {
    return of(ByteBuffer.allocate(Integer.BYTES).putInt(ipv4));
  }

  static InetAddress of(long high, long low) {
    return of(ByteBuffer.allocate(2 * Long.BYTES).putLong(high).putLong(low));
  }

  private static InetAddress of(ByteBuffer octets) {
    try {
      return InetAddress.getByAddress(octets.array());
    } catch (UnknownHostException e) {
      throw new AssertionError("four and sixteen octets are addresses", e);
    }
  }
}
