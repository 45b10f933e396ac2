package io.dsr.netty.handler;

import io.dsr.core.IpPrefix;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The virtual IPs, and networks of them, that we answer for. Immutable; asking allocates nothing
 * for IPv4.
 *
 * <p>Addresses that others have may be left out of the networks. A network of up to {@link
 * #MOST_ANNOUNCED} addresses is announced address by address, as single VIPs are; a larger one is
 * only answered for, and must be routed to us.
 */
public final class VipSet {

  /** How many addresses a network has at most that is announced. */
  public static final int MOST_ANNOUNCED = 256;

  /** No address. */
  public static final VipSet EMPTY = new VipSet(List.of());

  private static final int MOST_HOST_BITS = 8;
  private static final int IPV4_BITS = 32;
  private static final int IPV6_BITS = 128;

  private record Wide(long high, long low) {}

  private record Network4(int address, int mask) {}

  private record Network6(long high, long low, long highMask, long lowMask) {

    private boolean contains(long otherHigh, long otherLow) {
      return (otherHigh & highMask) == high && (otherLow & lowMask) == low;
    }
  }

  private final Set<IpPrefix> prefixes;
  private final int[] ipv4;
  private final Set<Wide> ipv6 = new HashSet<>();
  private final Network4[] networks4;
  private final Network6[] networks6;
  private final int[] others4;
  private final Set<Wide> others6 = new HashSet<>();

  /** Makes a set of these VIPs and networks. */
  public VipSet(Collection<IpPrefix> prefixes) {
    this(prefixes, List.of());
  }

  /**
   * Makes a set of these VIPs and networks, but for addresses of the networks that others have.
   *
   * @param others addresses that we do not answer for even if they are in a network
   */
  public VipSet(Collection<IpPrefix> prefixes, Collection<InetAddress> others) {
    this.prefixes = Set.copyOf(prefixes);
    List<Integer> narrow = new ArrayList<>();
    List<Network4> small = new ArrayList<>();
    List<Network6> large = new ArrayList<>();
    for (IpPrefix prefix : this.prefixes) {
      if (prefix.isHost() && prefix.isIpv6()) {
        ipv6.add(new Wide(prefix.high(), prefix.low()));
      } else if (prefix.isHost()) {
        narrow.add((int) prefix.low());
      } else if (prefix.isIpv6()) {
        large.add(new Network6(prefix.high(), prefix.low(), prefix.highMask(), prefix.lowMask()));
      } else {
        small.add(new Network4((int) prefix.low(), (int) prefix.lowMask()));
      }
    }
    this.ipv4 = sorted(narrow);
    this.networks4 = small.toArray(Network4[]::new);
    this.networks6 = large.toArray(Network6[]::new);
    List<Integer> others4 = new ArrayList<>();
    for (InetAddress other : others) {
      ByteBuffer octets = ByteBuffer.wrap(other.getAddress());
      if (octets.remaining() == Integer.BYTES) {
        others4.add(octets.getInt());
      } else {
        others6.add(new Wide(octets.getLong(), octets.getLong()));
      }
    }
    this.others4 = sorted(others4);
  }

  private static int[] sorted(List<Integer> numbers) {
    return numbers.stream().mapToInt(Integer::intValue).sorted().toArray();
  }

  /** Returns the VIPs and networks as they were given. */
  public Set<IpPrefix> prefixes() {
    return prefixes;
  }

  /** Returns whether a network is too large for its addresses to be announced. */
  public static boolean isTooLargeToAnnounce(IpPrefix prefix) {
    return (prefix.isIpv6() ? IPV6_BITS : IPV4_BITS) - prefix.length() > MOST_HOST_BITS;
  }

  /** Returns each address that we announce: the single VIPs, and those of the small networks. */
  public Set<InetAddress> announced() {
    Set<InetAddress> all = new HashSet<>();
    for (IpPrefix prefix : prefixes) {
      if (!isTooLargeToAnnounce(prefix)) {
        addAll(all, prefix);
      }
    }
    return all;
  }

  private void addAll(Set<InetAddress> all, IpPrefix prefix) {
    int bits = (prefix.isIpv6() ? IPV6_BITS : IPV4_BITS) - prefix.length();
    for (int i = 0; i < 1 << bits; i++) {
      if (prefix.isIpv6() && contains(prefix.high(), prefix.low() | i)) {
        all.add(Addresses.of(prefix.high(), prefix.low() | i));
      } else if (!prefix.isIpv6() && contains((int) prefix.low() | i)) {
        all.add(Addresses.of((int) prefix.low() | i));
      }
    }
  }

  /** Returns the network that an address is in. */
  Optional<IpPrefix> networkOf(InetAddress address) {
    return prefixes.stream().filter(prefix -> prefix.contains(address)).findFirst();
  }

  boolean contains(int address) {
    return Arrays.binarySearch(ipv4, address) >= 0 || isInNetwork(address);
  }

  private boolean isInNetwork(int address) {
    for (Network4 network : networks4) {
      if ((address & network.mask) == network.address) {
        return Arrays.binarySearch(others4, address) < 0;
      }
    }
    return false;
  }

  boolean contains(long high, long low) {
    return (!ipv6.isEmpty() && ipv6.contains(new Wide(high, low))) || isInNetwork(high, low);
  }

  private boolean isInNetwork(long high, long low) {
    for (Network6 network : networks6) {
      if (network.contains(high, low)) {
        return !others6.contains(new Wide(high, low));
      }
    }
    return false;
  }
}
