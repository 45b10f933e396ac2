package io.dsr.netty.handler;

import io.dsr.core.IpPrefix;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The addresses that our host has on the segment: what we ask from. A VIP is never among them, for
 * a real server that has the VIP itself would not answer it.
 *
 * @param subnets the addresses with their prefix lengths
 * @param macs the MAC addresses of all our interfaces, in the low 48 bits: another of them may be
 *     on the same segment, and must not be taken for somebody else
 */
public record OwnAddresses(List<Subnet> subnets, Set<Long> macs) {

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

  /** Copies the collections. */
  public OwnAddresses {
    subnets = List.copyOf(subnets);
    macs = Set.copyOf(macs);
  }

  /** Creates the addresses of a host with one interface. */
  public OwnAddresses(List<Subnet> subnets) {
    this(subnets, Set.of());
  }

  boolean isOurs(long mac) {
    return !macs.isEmpty() && macs.contains(mac);
  }

  /**
   * Returns the addresses of our subnets that are nobody's to answer for but their owner's: our own
   * ones; of an IPv4 subnet the network's and the broadcast address (RFC 1122 section 3.2.1.3), of
   * an IPv6 one the routers' anycast address (RFC 4291 section 2.6.1).
   */
  public Set<InetAddress> reserved() {
    Set<InetAddress> reserved = new HashSet<>();
    for (Subnet subnet : subnets) {
      reserved.add(subnet.address());
      int bits = subnet.address().getAddress().length * Byte.SIZE;
      if (subnet.prefixLength() < bits - 1) {
        IpPrefix network = IpPrefix.around(subnet.address(), subnet.prefixLength());
        reserved.add(network.address());
        if (!network.isIpv6()) {
          reserved.add(Addresses.of((int) (network.low() | ~network.lowMask())));
        }
      }
    }
    return reserved;
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
