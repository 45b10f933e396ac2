package io.dsr.core.scheduler;

import io.dsr.core.Servers;
import java.net.InetAddress;
import java.nio.ByteBuffer;

/** The keyed hash of a server's address: what makes balancers of other slots agree. */
final class AddressHash {

  private AddressHash() {}

  /** Returns the hash for one {@code purpose}; those of two purposes have nothing in common. */
  static long of(Servers servers, int position, int purpose) {
    InetAddress address = servers.address(position);
    ByteBuffer octets = ByteBuffer.wrap(address.getAddress());
    return octets.remaining() == Integer.BYTES
        ? servers.hashKey().hash(Integer.toUnsignedLong(octets.getInt()), purpose)
        : servers.hashKey().hash(octets.getLong(), octets.getLong(), purpose);
  }
}
