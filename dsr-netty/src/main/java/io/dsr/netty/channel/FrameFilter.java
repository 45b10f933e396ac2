package io.dsr.netty.channel;

import static java.util.Objects.requireNonNull;

import io.dsr.linux.AddressPrefix;
import io.dsr.linux.packet.PacketFilter;
import java.net.InetAddress;
import java.util.Collection;

/**
 * What a {@link PacketChannel} receives: a program that the kernel runs on each frame before it
 * copies anything. Immutable.
 */
public final class FrameFilter {

  private static final FrameFilter EVERYTHING = new FrameFilter(PacketFilter.everything());
  private static final FrameFilter NOTHING = new FrameFilter(PacketFilter.nothing());

  private final PacketFilter program;

  private FrameFilter(PacketFilter program) {
    this.program = program;
  }

  /**
   * A network of addresses.
   *
   * @param address the first of them: what is behind the leading bits is 0
   * @param length how many leading bits they have in common: 0 to 32, or to 128
   */
  public record Network(InetAddress address, int length) {

    /** Checks the range. */
    public Network {
      requireNonNull(address, "address");
      int bits = address.getAddress().length * Byte.SIZE;
      if (length < 0 || length > bits) {
        throw new IllegalArgumentException("length: " + length + " (expected: 0 to " + bits + ")");
      }
    }
  }

  /** Returns a filter that lets every frame through. */
  public static FrameFilter everything() {
    return EVERYTHING;
  }

  /** Returns a filter that lets no frame through. */
  public static FrameFilter nothing() {
    return NOTHING;
  }

  /** Returns the filter of {@link #ofNetworks} for single addresses of either family. */
  public static FrameFilter ofAddresses(Collection<? extends InetAddress> addresses) {
    return new FrameFilter(PacketFilter.ofAddresses(addresses));
  }

  /**
   * Returns a filter for what a balancer of these virtual addresses must see.
   *
   * <p>That is: IPv4 and IPv6 packets to one of the addresses, of whatever protocol, fragments and
   * ICMP errors included, if this host's MAC address is their destination; every ARP frame, and
   * every neighbor solicitation and advertisement (hop limit 255, directly behind the fixed
   * header), unless it is for another host. Extension headers are not looked behind: only the
   * destination counts then.
   *
   * <p>Networks that are neighbours are joined, and compared exactly as long as the program fits;
   * many IPv6 ones that have nothing in common are compared by a 32-bit hash with a random key
   * instead, so that a stranger may pass, once in some billions.
   *
   * @throws IllegalArgumentException if, joined, there are more than 1,000 of one family
   */
  public static FrameFilter ofNetworks(Collection<Network> networks) {
    return new FrameFilter(
        PacketFilter.ofPrefixes(
            networks.stream()
                .map(network -> new AddressPrefix(network.address(), network.length()))
                .toList()));
  }

  PacketFilter program() {
    return program;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof FrameFilter that && program.equals(that.program);
  }

  @Override
  public int hashCode() {
    return program.hashCode();
  }

  @Override
  public String toString() {
    return "FrameFilter[" + program.length() + " instructions]";
  }
}
