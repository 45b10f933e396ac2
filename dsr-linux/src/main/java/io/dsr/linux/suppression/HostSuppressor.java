package io.dsr.linux.suppression;

import io.dsr.linux.AddressPrefix;
import io.dsr.linux.LinuxException;
import java.util.Set;

/**
 * Drops, behind the packet taps of one interface, what it receives for a set of virtual addresses,
 * single ones and networks.
 *
 * <p>Dropped are:
 *
 * <ul>
 *   <li>IPv4 and IPv6 packets to a VIP, of whatever protocol, fragments and packets with options
 *       included;
 *   <li>ARP requests that ask for a VIP;
 *   <li>neighbor solicitations that ask for a VIP, if ICMPv6 follows the IPv6 header directly.
 * </ul>
 *
 * <p>Frames with one VLAN tag count as well, whichever VLAN it is and whether the driver or the
 * kernel took the tag off: a tap on this interface sees them, so they are ours. Frames with two
 * tags pass; open a second suppressor on the VLAN interface that takes the outer tag off. If the
 * interface is a bridge's port, or carries macvlans, they lose the frames too.
 *
 * <p>Not touched: other addresses, ARP replies, what other interfaces receive, and what this host
 * sends itself.
 *
 * <p>A suppressor acts on the network namespace of the thread that opened it and may be used by any
 * thread. It ends with {@link #close}, with its process, however that ends, or with its interface;
 * nothing is left behind. It does not notice a deleted interface: open a new one.
 */
public sealed interface HostSuppressor extends AutoCloseable
    permits TcxSuppressor, NftablesSuppressor {

  /** How many addresses and networks a suppressor takes. */
  int MAX_VIPS = 65_536;

  /** Returns the mechanism, the interface and what to look for with the system's own tools. */
  String name();

  /**
   * Replaces the set of addresses and networks, which may overlap. It starts empty.
   *
   * <p>New ones come in before old ones go: an address that is in both sets, alone or within a
   * network, is guarded all the time. After an exception every address of the old set is still
   * guarded, and the call may be repeated.
   *
   * @throws IllegalArgumentException if there are more than {@link #MAX_VIPS}
   * @throws IllegalStateException if the suppressor is closed
   * @throws LinuxException if the kernel refuses
   */
  void vips(Set<AddressPrefix> vips) throws LinuxException;

  /** Lets the kernel have every frame again; a second call does nothing. */
  @Override
  void close();
}
