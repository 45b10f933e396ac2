package io.dsr.netty.handler;

import io.dsr.core.IpPrefix;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

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

  private record Network4(int address, int mask) {

    private static Network4 of(IpPrefix prefix) {
      return new Network4((int) prefix.low(), (int) prefix.lowMask());
    }
  }

  private record Network6(long high, long low, long highMask, long lowMask) {

    private static Network6 of(IpPrefix prefix) {
      return new Network6(prefix.high(), prefix.low(), prefix.highMask(), prefix.lowMask());
    }

    private boolean contains(long otherHigh, long otherLow) {
      return (otherHigh & highMask) == high && (otherLow & lowMask) == low;
    }
  }

  private final Set<IpPrefix> prefixes;
  private final int[] ipv4;
  private final Set<Wide> ipv6;
  private final Network4[] networks4;
  private final Network6[] networks6;
  private final int[] others4;
  private final Set<Wide> others6;

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
    this.ipv4 = words(hosts().filter(prefix -> !prefix.isIpv6()));
    this.ipv6 = wide(hosts().filter(IpPrefix::isIpv6));
    this.networks4 = networks().filter(p -> !p.isIpv6()).map(Network4::of).toArray(Network4[]::new);
    this.networks6 = networks().filter(IpPrefix::isIpv6).map(Network6::of).toArray(Network6[]::new);
    List<IpPrefix> left = others.stream().map(IpPrefix::of).toList();
    this.others4 = words(left.stream().filter(prefix -> !prefix.isIpv6()));
    this.others6 = wide(left.stream().filter(IpPrefix::isIpv6));
  }

  private Stream<IpPrefix> hosts() {
    return prefixes.stream().filter(IpPrefix::isHost);
  }

  private Stream<IpPrefix> networks() {
    return prefixes.stream().filter(prefix -> !prefix.isHost());
  }

  private static int[] words(Stream<IpPrefix> hosts) {
    return hosts.mapToInt(host -> (int) host.low()).sorted().toArray();
  }

  private static Set<Wide> wide(Stream<IpPrefix> hosts) {
    return hosts.map(host -> new Wide(host.high(), host.low())).collect(Collectors.toSet());
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
