package io.dsr.netty.handler;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The addresses that our host has on the segment: what we ask from. A VIP is never among them, for
 * a real server that has the VIP itself would not answer it.
 *
 * @param subnets the addresses with their prefix lengths
 */
public record OwnAddresses(List<Subnet> subnets) {

  /** None: we ask from nowhere. */
  public static final OwnAddresses NONE = new OwnAddresses(List.of());

  /**
   * An address and its subnet.
   *
   * @param address the address
   * @param prefixLength how many leading bits the subnet's addresses share
   */
  public record Subnet(InetAddress address, int prefixLength) {

    /** Returns whether {@code other} is in the subnet. */
    public boolean contains(InetAddress other) {
      byte[] left = address.getAddress();
      byte[] right = other.getAddress();
      if (left.length != right.length) {
        return false;
      }
      for (int bit = 0; bit < prefixLength; bit++) {
        int mask = 0x80 >> (bit & 7);
        if (((left[bit >> 3] ^ right[bit >> 3]) & mask) != 0) {
          return false;
        }
      }
      return true;
    }
  }

  /** Copies the list. */
  public OwnAddresses {
    subnets = List.copyOf(subnets);
  }

  /** Returns our address in the subnet of {@code server}, or 0. */
  int ipv4For(InetAddress server) {
    for (Subnet subnet : subnets) {
      if (subnet.contains(server)) {
        return ByteBuffer.wrap(subnet.address().getAddress()).getInt();
      }
    }
    return 0;
  }

  /** Returns our link-local IPv6 address, or sixteen zeros. */
  ByteBuffer linkLocal() {
    for (Subnet subnet : subnets) {
      if (subnet.address() instanceof Inet6Address address && address.isLinkLocalAddress()) {
        return ByteBuffer.wrap(address.getAddress());
      }
    }
    return ByteBuffer.allocate(2 * Long.BYTES);
  }
}
