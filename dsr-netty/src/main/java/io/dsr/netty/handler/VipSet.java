package io.dsr.netty.handler;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The virtual IPs that we answer for. Immutable; asking allocates nothing for IPv4. */
public final class VipSet {

  /** No address. */
  public static final VipSet EMPTY = new VipSet(List.of());

  private record Wide(long high, long low) {}

  private final Set<InetAddress> addresses;
  private final int[] ipv4;
  private final Set<Wide> ipv6 = new HashSet<>();

  /** Makes a set of these addresses. */
  public VipSet(Collection<InetAddress> addresses) {
    this.addresses = Set.copyOf(addresses);
    List<Integer> narrow = new ArrayList<>();
    for (InetAddress address : addresses) {
      ByteBuffer octets = ByteBuffer.wrap(address.getAddress());
      if (octets.remaining() == Integer.BYTES) {
        narrow.add(octets.getInt());
      } else {
        ipv6.add(new Wide(octets.getLong(), octets.getLong()));
      }
    }
    this.ipv4 = narrow.stream().mapToInt(Integer::intValue).sorted().toArray();
  }

  /** Returns all of them. */
  public Set<InetAddress> addresses() {
    return addresses;
  }

  boolean contains(int address) {
    return Arrays.binarySearch(ipv4, address) >= 0;
  }

  boolean contains(long high, long low) {
    return !ipv6.isEmpty() && ipv6.contains(new Wide(high, low));
  }
}
